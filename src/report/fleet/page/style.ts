/** What the fleet page has beyond the look of a run. PAGE_STYLE_HASH is the SHA-256 of the whole; a test recomputes it. */
import { STYLE } from '../../html/style.js';

export const PAGE_STYLE = `${STYLE}
.share{display:flex;height:.9rem;border-radius:99px;overflow:hidden;margin:1rem 0 .4rem;border:1px solid var(--line);max-width:none}
.share svg{display:block;width:100%;height:100%}
.s-ok{fill:var(--ok)}.s-fail{fill:var(--fail)}.s-warn{fill:var(--warn)}.s-unknown{fill:var(--dim)}
.facts{width:100%;border-collapse:collapse;font-size:.9rem}
.facts th{text-align:left;color:var(--dim);font-weight:600;padding:.2rem .8rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:bottom;white-space:nowrap}
.facts td{padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
.facts .num{text-align:right;font-variant-numeric:tabular-nums}
.count{font-weight:650;font-variant-numeric:tabular-nums}
.names{font-size:.875rem;max-width:none}
.find{display:flex;flex-wrap:wrap;gap:.4rem .8rem;align-items:center}
.find input{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--dim);border-radius:8px;padding:.35rem .6rem;flex:1 1 14rem;min-width:0}
.view{height:min(36rem,75vh);overflow:auto;border:1px solid var(--line);border-radius:8px;margin:.6rem 0;position:relative}
.size{position:relative;min-width:80rem}
.grid{position:absolute;left:0;width:100%;border-collapse:separate;border-spacing:0;table-layout:fixed;font-size:.875rem}
.grid th{position:sticky;top:0;background:var(--card);text-align:left;border-bottom:1px solid var(--line);padding:0;z-index:1}
.grid th button{font:inherit;font-weight:600;color:inherit;background:none;border:0;width:100%;text-align:left;padding:.4rem .6rem;cursor:pointer;min-height:2rem}
.grid th[aria-sort=ascending] button::after{content:" ▲"}
.grid th[aria-sort=descending] button::after{content:" ▼"}
.grid th:nth-child(1),.grid th:nth-child(4),.grid th:nth-child(6){width:14%}.grid th:nth-child(3){width:13%}
.grid th button{white-space:nowrap}
.grid td{height:34px;padding:0 .6rem;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;border-bottom:1px solid var(--line)}
.grid tbody tr{cursor:pointer}
.grid tbody tr:hover td{background:var(--dimbg)}
.grid [aria-selected=true] td{background:var(--dimbg);box-shadow:inset 0 2px 0 var(--focus),inset 0 -2px 0 var(--focus)}
@media (max-width:46rem){.facts thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}.facts tr{display:block;border-bottom:1px solid var(--line);padding:.4rem 0}.facts td{display:block;border:0;padding:0}.facts .num{text-align:left}.facts td[data-l]::before{content:attr(data-l) ": ";color:var(--dim)}}
@media print{.tool{display:none}.facts tr{break-inside:avoid}details::details-content{content-visibility:visible;display:block;block-size:auto}}
`;

/** SHA-256 of PAGE_STYLE, base64: the only style that the page's policy lets in. */
export const PAGE_STYLE_HASH = 'MQEu36pBh53aq2qB+aBKOxBjFQI7virdlnbN4WGN2Ns=';
