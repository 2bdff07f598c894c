/**
 * The look of the HTML form: calm, light and dark, printable. STYLE_HASH is its SHA-256 for the page's content
 * security policy; a test recomputes it.
 */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f7f7f5;--card:#fff;--line:#d9dbde;--fg:#1d2125;--dim:#565e67;--ok:#14722f;--warn:#8a5300;--fail:#b3211c;--okbg:#e8f5eb;--warnbg:#fdf1dc;--failbg:#fdeceb;--dimbg:#eef0f2;--code:#f1f2f3;--resolve:#5f6b77;--connect:#22588f;--proxy:#8459b8;--tls:#ecc269;--http:#0c6e64;--websocket:#3f7d22;--mqtt:#9adcb4;--onresolve:#fff;--onconnect:#fff;--onproxy:#fff;--ontls:#1d2125;--onhttp:#fff;--onwebsocket:#fff;--onmqtt:#1d2125;--focus:#0b5fcc}
@media (prefers-color-scheme:dark){:root{--bg:#131619;--card:#1b1f23;--line:#343a41;--fg:#e7eaed;--dim:#a7b0ba;--ok:#62c98a;--warn:#e6b450;--fail:#ff8f86;--okbg:#17291d;--warnbg:#2d2413;--failbg:#331b1a;--dimbg:#23282d;--code:#14171a;--resolve:#8f9ba8;--connect:#5aa2e6;--proxy:#b994e6;--tls:#f3d48c;--http:#35b3a5;--websocket:#79b853;--mqtt:#b3eccd;--onresolve:#10151a;--onconnect:#10151a;--onproxy:#10151a;--ontls:#10151a;--onhttp:#10151a;--onwebsocket:#10151a;--onmqtt:#10151a;--focus:#7fb4ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
main,footer{max-width:70rem;margin:0 auto;padding:0 1rem}
a{color:inherit}
h1{font-size:1.55rem;line-height:1.25;margin:0;letter-spacing:-.01em}
h2{font-size:1.12rem;margin:0 0 .6rem}
h3{font-size:1rem;margin:0 0 .3rem}
p{margin:.35rem 0;max-width:80ch}
.wide{max-width:none}
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
.who{font-weight:650;display:inline-block}
.who::first-letter{text-transform:uppercase}
.way{padding:.9rem 0 1rem;border-top:1px solid var(--line)}
h2+.way{border-top:0;padding-top:.2rem}
.wayhead{display:flex;flex-wrap:wrap;gap:.3rem .7rem;align-items:baseline;margin-bottom:.9rem}
.wayhead h3{margin:0}
.pill{border:1.5px solid currentColor;border-radius:99px;padding:0 .6rem;font-size:.875rem;font-weight:650;white-space:nowrap}
.stations{display:flex;align-items:flex-start}
.station{flex:1 1 0;min-width:0;position:relative;text-align:center;padding:0 .4rem}
.station+.station::before{content:"";position:absolute;top:1.5rem;right:calc(50% + 1.95rem);left:calc(-50% + 1.95rem);border-top:4px solid var(--ok)}
.station+.into-broken::before{border-top-color:var(--fail)}
.station+.into-dotted::before{border-top:4px dotted var(--dim)}
.into-broken:not(.last)::after{content:"";position:absolute;top:.55rem;left:calc(50% + 2.1rem);height:2rem;border-left:4px solid var(--fail)}
.dot{position:relative;width:3.2rem;height:3.2rem;margin:0 auto .45rem;border-radius:50%;border:2px solid currentColor;display:grid;place-items:center;background:var(--card)}
.dot svg{width:1.7rem;height:1.7rem;fill:none;stroke:currentColor;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}
.dot.ok{background:var(--okbg)}.dot.fail{background:var(--failbg);border-width:3px}.dot.warn{background:var(--warnbg)}
.dot.unknown{border-style:dashed}
.mark{position:absolute;right:-.4rem;bottom:-.25rem;width:1.35rem;height:1.35rem;border-radius:50%;display:grid;place-items:center;font-size:.85rem;font-weight:800;line-height:1;background:var(--card);border:2px solid currentColor}
.fail .mark{background:var(--fail);border-color:var(--fail)}
.mark{color:inherit}
.fail>.mark{color:var(--card)}
.sname{font-weight:650;font-size:.95rem}
.sword{font-size:.875rem;font-weight:650}
.sword.unknown{font-weight:400}
.swhy{font-size:.875rem;color:var(--fail);line-height:1.4}
.swhy.warn{color:var(--warn)}
.swhat{font-size:.84rem;line-height:1.4}
.stook{font-size:.8rem;color:var(--dim);line-height:1.4}
.falls{font-variant-numeric:tabular-nums}
.axis,.bar{display:grid;grid-template-columns:minmax(8rem,1fr) minmax(11rem,1.9fr) minmax(8rem,1.05fr);gap:0 1rem}
.axis{color:var(--dim);font-size:.75rem;border-bottom:1px solid var(--line);padding-bottom:.2rem}
.ticks{position:relative;height:1.2rem}
.tick{position:absolute;white-space:nowrap;transform:translateX(-50%)}
.at0{left:0;transform:none}.at1{left:25%}.at2{left:50%}.at3{left:75%}.at4{right:0;transform:none}
.bar{font-size:.84rem;line-height:1.4}
.bar:hover{background:var(--dimbg)}
.what,.end{align-self:center;padding:.15rem 0}
.falls{--grid:linear-gradient(90deg,var(--line) 1px,transparent 1px calc(25% - .5px),var(--line) calc(25% - .5px) calc(25% + .5px),transparent calc(25% + .5px) calc(50% - .5px),var(--line) calc(50% - .5px) calc(50% + .5px),transparent calc(50% + .5px) calc(75% - .5px),var(--line) calc(75% - .5px) calc(75% + .5px),transparent calc(75% + .5px) calc(100% - 1px),var(--line) calc(100% - 1px));--hatch:var(--dimbg)}
.lane{display:flex;align-items:center;padding:.12rem 0;background:var(--grid)}
.squeezed .lane{background-image:var(--grid),repeating-linear-gradient(135deg,var(--hatch) 0 3px,transparent 3px 8px);background-size:100% 100%,25% 100%;background-position:0 0,100% 0;background-repeat:no-repeat}
.lane svg{display:block;width:100%;height:20px;overflow:visible}
.grouphead{font-weight:650;margin:.8rem 0 .2rem;font-size:.9rem}
.lane rect{stroke:var(--card);stroke-width:1}
.lane text{font-size:11px;font-weight:600;text-anchor:middle;pointer-events:none}
.b-resolve{fill:var(--resolve)}.b-connect{fill:var(--connect)}.b-proxy{fill:var(--proxy)}.b-tls{fill:var(--tls)}.b-http{fill:var(--http)}.b-websocket{fill:var(--websocket)}.b-mqtt{fill:var(--mqtt)}.b-other{fill:var(--dim)}
.t-resolve{fill:var(--onresolve)}.t-connect{fill:var(--onconnect)}.t-proxy{fill:var(--onproxy)}.t-tls{fill:var(--ontls)}.t-http{fill:var(--onhttp)}.t-websocket{fill:var(--onwebsocket)}.t-mqtt{fill:var(--onmqtt)}.t-other{fill:var(--card)}.t-failed{fill:var(--fail)}
.b-failed,.lane .b-failed{fill:var(--failbg);stroke:var(--fail);stroke-width:1.5;stroke-dasharray:4 3}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:.9rem 0 0;font-size:.8rem;color:var(--dim)}
.legend svg{width:1.1rem;height:.8rem;margin-right:.35rem;vertical-align:-.05rem}
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
@media screen and (max-width:46rem){
body{font-size:15.5px}
h1{font-size:1.3rem}
header{padding-top:1.2rem}
.two{grid-template-columns:1fr}
.card{padding:.9rem .95rem}
.stations{flex-direction:column}
.station{flex:none;width:100%;text-align:left;display:grid;align-content:start;grid-template-columns:3.2rem 1fr;column-gap:1.1rem;padding:0 0 1.1rem;min-height:4.4rem}
.station.last{padding-bottom:0}
.station .dot{margin:0}
.station+.station::before{content:none}
.station::after,.into-broken:not(.last)::after{content:"";position:absolute;top:3.5rem;bottom:.3rem;left:calc(1.6rem - 2px);height:auto;border-left:4px solid var(--ok)}
.station.onto-broken::after{border-left-color:var(--fail)}
.station.onto-dotted::after{border-left:4px dotted var(--dim)}
.station.last::after{content:none}
.axis,.bar{grid-template-columns:1fr}
.bar{padding:.3rem 0}
.axis>span:first-child,.axis>span:last-child{display:none}
.what{font-weight:600}
.what,.end{padding:0}
.lane{order:3;margin-top:.15rem}
.rungs li{grid-template-columns:1fr auto}
.rungs li>:last-child{grid-column:1/3}
.kv{grid-template-columns:1fr}
.kv dd{margin:0 0 .4rem}
}
@media print{
:root{color-scheme:light;--bg:#fff;--card:#fff;--line:#bbb;--fg:#000;--dim:#444;--ok:#14722f;--warn:#8a5300;--fail:#b3211c;--okbg:#fff;--warnbg:#fff;--failbg:#fff;--dimbg:#fff;--code:#fff}
@page{margin:12mm}
html{font-size:12.8px}
body{font-size:1rem;line-height:1.4}
.card{padding:.5rem .8rem;margin-block:.4rem}
.bar,.steps>li,.rungs>li{padding-block:0}
details:not([open]) summary{list-style:none}
.card{border-color:#999}
.way,.bar,.kv>*,.steps>li,.rungs>li,.legend{break-inside:avoid}
h2,h3,summary,.axis{break-after:avoid}
.skip{display:none}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
@media (forced-colors:active){.dot,.badge,.chip{border:1px solid CanvasText}.b-failed{stroke:CanvasText}}
`;

/** SHA-256 of STYLE, base64: the only style that the page's policy lets in. */
export const STYLE_HASH = 'MeO0TDWUbxWbNKJ76wRs1g/y+wpVppY770h6PBm4HQA=';
