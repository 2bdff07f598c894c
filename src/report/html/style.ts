/**
 * The look of the HTML form: calm, light and dark, printable. STYLE_HASH is its SHA-256 for the page's content
 * security policy; a test recomputes it.
 */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f7f7f5;--card:#fff;--line:#d9dbde;--fg:#1d2125;--dim:#565e67;--ok:#14722f;--warn:#8a5300;--fail:#b3211c;--okbg:#e8f5eb;--warnbg:#fdf1dc;--failbg:#fdeceb;--dimbg:#eef0f2;--code:#f1f2f3;--resolve:#6b7885;--connect:#2f74b5;--proxy:#8557b5;--tls:#a8701c;--http:#1f8a7d;--websocket:#4a8a2a;--mqtt:#136b4f;--focus:#0b5fcc}
@media (prefers-color-scheme:dark){:root{--bg:#131619;--card:#1b1f23;--line:#343a41;--fg:#e7eaed;--dim:#a7b0ba;--ok:#62c98a;--warn:#e6b450;--fail:#ff8f86;--okbg:#17291d;--warnbg:#2d2413;--failbg:#331b1a;--dimbg:#23282d;--code:#14171a;--resolve:#8f9ba8;--connect:#5aa2e6;--proxy:#b48be0;--tls:#d9a044;--http:#3fbcad;--websocket:#83c25c;--mqtt:#46b88f;--focus:#7fb4ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
main,footer{max-width:62rem;margin:0 auto;padding:0 1rem}
a{color:inherit}
h1{font-size:1.55rem;line-height:1.25;margin:0;letter-spacing:-.01em}
h2{font-size:1.12rem;margin:0 0 .6rem}
h3{font-size:1rem;margin:0 0 .3rem}
p{margin:.35rem 0}
ol,ul{margin:0;padding:0;list-style:none}
code,pre{font:.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
code{background:var(--code);border-radius:4px;padding:.08em .3em}
pre{background:var(--code);border:1px solid var(--line);border-radius:8px;padding:.6rem .75rem;margin:.4rem 0;white-space:pre-wrap}
pre code{background:none;padding:0}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-999px}
.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:2}
.dim{color:var(--dim)}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.small{font-size:.875rem}
header{padding:2rem 0 1rem}
.verdict{display:flex;gap:.9rem;align-items:flex-start}
.badge{flex:none;width:2.6rem;height:2.6rem;border-radius:50%;display:grid;place-items:center;font-size:1.35rem;font-weight:700;border:2px solid currentColor}
.ok{color:var(--ok)}.warn{color:var(--warn)}.fail{color:var(--fail)}.unknown,.none{color:var(--dim)}
.badge.ok{background:var(--okbg)}.badge.warn{background:var(--warnbg)}.badge.fail{background:var(--failbg)}.badge.unknown{background:var(--dimbg)}
.meta{margin:.35rem 0 0;color:var(--dim);font-size:.875rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.05rem 1.2rem;margin:0 0 1rem}
.two{display:grid;gap:1rem;grid-template-columns:1fr 1fr;margin:0 0 1rem}
.two .card{margin:0}
.answer{font-weight:650;font-size:1.06rem}
.cause{border-left:5px solid var(--fail)}
.cause.warnside{border-left-color:var(--warn)}
.title{font-size:1.16rem;font-weight:650;line-height:1.35;margin:.1rem 0 .5rem}
.chips{display:flex;flex-wrap:wrap;gap:.4rem;margin:.6rem 0 0}
.chip{border:1px solid var(--line);border-radius:99px;padding:.08rem .65rem;font-size:.84rem;color:var(--dim);background:var(--card)}
.steps{counter-reset:n;margin-top:.2rem}
.steps>li{counter-increment:n;position:relative;padding:0 0 0 2.2rem;margin:.75rem 0}
.steps>li::before{content:counter(n);position:absolute;left:0;top:.05rem;width:1.5rem;height:1.5rem;border-radius:50%;background:var(--dimbg);color:var(--fg);display:grid;place-items:center;font-size:.85rem;font-weight:650}
.who{font-weight:650}
.way{margin:0 0 1.2rem}
.way:last-child{margin-bottom:0}
.wayhead{display:flex;flex-wrap:wrap;gap:.2rem .6rem;align-items:baseline;margin-bottom:.5rem}
.stations{display:flex;align-items:stretch}
.station{flex:1 1 0;min-width:0;position:relative;text-align:center;padding:0 .35rem}
.station+.station::before{content:"";position:absolute;top:1.2rem;right:calc(50% + 1.55rem);left:calc(-50% + 1.55rem);border-top:3px solid var(--line)}
.station.ok+.station.ok::before,.station.ok+.station.breaks::before,.station.ok+.station.partly::before,.station.partly+.station.ok::before{border-top-color:var(--ok)}
.station.breaks::before{border-top-style:solid}
.station.beyond::before,.station.isunknown::before{border-top-style:dotted;border-top-color:var(--dim)}
.dot{width:2.5rem;height:2.5rem;margin:0 auto .35rem;border-radius:50%;border:2px solid currentColor;display:grid;place-items:center;font-weight:700;background:var(--card)}
.station .dot.ok{background:var(--okbg)}.station .dot.fail{background:var(--failbg);box-shadow:0 0 0 4px var(--failbg)}.station .dot.warn{background:var(--warnbg)}
.dot.unknown{border-style:dashed}
.sname{font-weight:650;font-size:.9rem;color:var(--fg)}
.sword{font-size:.84rem}
.swhat{font-size:.8rem;color:var(--dim)}
.axis,.bar{display:grid;grid-template-columns:minmax(8.5rem,13rem) 1fr minmax(7.5rem,14rem);gap:0 .8rem;align-items:center}
.axis{color:var(--dim);font-size:.75rem;border-bottom:1px solid var(--line);padding-bottom:.2rem;margin-bottom:.3rem}
.ticks{display:grid;grid-template-columns:repeat(4,1fr)}
.ticks .last{display:flex;justify-content:space-between}
.bar{padding:.16rem 0;font-size:.84rem;border-bottom:1px solid transparent}
.bar:hover{background:var(--dimbg)}
.bar svg{display:block;width:100%;height:1.05rem;background:linear-gradient(90deg,transparent calc(25% - 1px),var(--line) calc(25% - 1px),var(--line) 25%,transparent 25%,transparent calc(50% - 1px),var(--line) calc(50% - 1px),var(--line) 50%,transparent 50%,transparent calc(75% - 1px),var(--line) calc(75% - 1px),var(--line) 75%,transparent 75%)}
.grouphead{font-weight:650;margin:.9rem 0 .25rem;font-size:.9rem}
.b-resolve{fill:var(--resolve)}.b-connect{fill:var(--connect)}.b-proxy{fill:var(--proxy)}.b-tls{fill:var(--tls)}.b-http{fill:var(--http)}.b-websocket{fill:var(--websocket)}.b-mqtt{fill:var(--mqtt)}.b-other{fill:var(--dim)}
.b-failed{fill:var(--failbg);stroke:var(--fail);stroke-width:2;stroke-dasharray:4 3}
.legend{display:flex;flex-wrap:wrap;gap:.25rem .9rem;margin:.7rem 0 0;font-size:.8rem;color:var(--dim)}
.legend svg{width:.8rem;height:.8rem;margin-right:.35rem;vertical-align:-.05rem}
.legend .keyfailed{width:1.4rem}
.rungs li{display:grid;grid-template-columns:8rem 6.5rem 1fr;gap:0 .7rem;padding:.22rem 0;border-top:1px solid var(--line);font-size:.9rem}
.rungs li:first-child{border-top:0}
details{border-top:1px solid var(--line)}
details:first-of-type{border-top:0}
summary{cursor:pointer;padding:.5rem 0;font-weight:600}
summary .dim{font-weight:400}
details>div{padding:0 0 .7rem}
.kv{display:grid;grid-template-columns:minmax(7rem,13rem) 1fr;gap:.1rem .9rem;margin:0;font-size:.875rem}
.rungs+.kv{margin-top:.6rem}
.kv dt{color:var(--dim)}
.kv dd{margin:0}
.list>li{padding:.35rem 0;border-top:1px solid var(--line)}
.list>li:first-child{border-top:0}
footer{padding:.4rem 1rem 2.4rem;color:var(--dim);font-size:.875rem}
@media (max-width:46rem){
body{font-size:15.5px}
h1{font-size:1.3rem}
header{padding-top:1.2rem}
.two{grid-template-columns:1fr}
.card{padding:.9rem .95rem}
.stations{flex-direction:column;gap:.55rem}
.station{flex:none;text-align:left;display:grid;align-content:start;grid-template-columns:2.5rem 1fr;column-gap:.8rem;padding:0;min-height:2.5rem}
.station .dot{margin:0;grid-row:1/5}
.station+.station::before{top:-.55rem;left:calc(1.25rem - 1.5px);right:auto;height:.55rem;border-top:0;border-left:3px solid var(--line)}
.station.ok+.station.ok::before,.station.ok+.station.breaks::before,.station.ok+.station.partly::before,.station.partly+.station.ok::before{border-left-color:var(--ok)}
.station.beyond::before,.station.isunknown::before{border-left-style:dotted;border-left-color:var(--dim)}
.axis,.bar{grid-template-columns:1fr}
.bar{padding:.3rem 0}
.axis>span:first-child,.axis>span:last-child{display:none}
.bar>span:first-child{font-weight:600}
.bar svg{order:3;margin-top:.15rem}
.rungs li{grid-template-columns:1fr auto}
.rungs li>:last-child{grid-column:1/3}
.kv{grid-template-columns:1fr}
.kv dd{margin:0 0 .4rem}
}
@media print{
:root{color-scheme:light;--bg:#fff;--card:#fff;--line:#bbb;--fg:#000;--dim:#444;--ok:#14722f;--warn:#8a5300;--fail:#b3211c;--okbg:#fff;--warnbg:#fff;--failbg:#fff;--dimbg:#fff;--code:#fff}
body{font-size:10.5pt}
.card{break-inside:avoid;border-color:#999}
.skip{display:none}
details::details-content{content-visibility:visible;display:block;block-size:auto}
}
@media (forced-colors:active){.dot,.badge,.chip{border:1px solid CanvasText}.b-failed{stroke:CanvasText}}
`;

/** SHA-256 of STYLE, base64: the only style that the page's policy lets in. */
export const STYLE_HASH = 'J61/540S5Q20JygNBAUGA3Odb7BhrsaqR02iwlnpGZA=';
