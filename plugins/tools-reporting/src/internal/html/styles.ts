/** The page's style sheet: light and dark by the reader's setting, and for paper. */
export const STYLES = `
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1a2330;--soft:#566273;--line:#dfe3e9;
--s0:#2563eb;--s1:#c2570c;--s2:#047857;--s3:#7e22ce;--s4:#be123c;--s5:#0e7490}
@media (prefers-color-scheme:dark){:root{--page:#12161c;--card:#1a2029;--ink:#e6eaf0;--soft:#a3afbf;--line:#323c4a;
--s0:#6ea3ff;--s1:#fdba74;--s2:#4ade80;--s3:#d8b4fe;--s4:#fda4af;--s5:#67e8f9}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:58rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:2rem;line-height:1.2;margin:0 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.25rem;line-height:1.3;margin:0 0 1rem;overflow-wrap:anywhere}
.summary{font-size:1.075rem;border-left:4px solid var(--s0);padding:.1rem 0 .1rem 1rem;margin:0 0 1.75rem}
.text>:first-child,.summary>:first-child{margin-top:0}.text>:last-child,.summary>:last-child{margin-bottom:0}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.5rem;margin:0 0 1.25rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.75rem,1fr));gap:.75rem;margin:0;padding:0}
.figures div{border:1px solid var(--line);border-radius:8px;padding:.6rem .85rem}
.figures dt{color:var(--soft);font-size:.8rem;line-height:1.3}
.figures dd{margin:.15rem 0 0;font-size:1.15rem;font-weight:600;line-height:1.3;overflow-wrap:anywhere}
.wide{overflow-x:auto}
table{border-collapse:collapse;min-width:min(100%,30rem);font-size:.925rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);padding:0 0 .4rem}
th,td{text-align:left;padding:.4rem .75rem;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
thead th{border-bottom:2px solid var(--line);white-space:nowrap}tbody th{font-weight:500}
.number{text-align:right}
figure{margin:0}section>*+*{margin-top:1.5rem}figcaption{font-weight:600;margin:0 0 .5rem;overflow-wrap:anywhere}
.chart{display:block;width:100%;height:auto}.chart text{fill:var(--soft);font-size:12px}
.chart .axis-title{fill:var(--ink);text-anchor:middle;font-size:13px}
.grid{stroke:var(--line);stroke-width:1}.axis{stroke:var(--soft);stroke-width:1}
.fill{fill:var(--c)}.stroke{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.box{fill:var(--c);fill-opacity:.25;stroke:var(--c);stroke-width:1.5}.outlier{fill:none;stroke:var(--c);stroke-width:1.5}
.whisker{stroke:var(--soft);stroke-width:1.5}.median{stroke:var(--ink);stroke-width:2.5}
.s0{--c:var(--s0)}.s1{--c:var(--s1)}.s2{--c:var(--s2)}.s3{--c:var(--s3)}.s4{--c:var(--s4)}.s5{--c:var(--s5)}
details{margin-top:.75rem;font-size:.925rem}summary{cursor:pointer;color:var(--soft)}details table{margin-top:.5rem}
pre{overflow-x:auto;padding:.75rem 1rem;border:1px solid var(--line);border-radius:8px}code{font-size:.9em}
a{color:var(--s0)}blockquote{margin:0;padding-left:1rem;border-left:3px solid var(--line);color:var(--soft)}
@media (max-width:40rem){section{padding:1rem}figure{overflow-x:auto}.chart{min-width:32rem}}
@media print{body{background:none}main{max-width:none;padding:0}section{break-inside:avoid}details{display:none}}
`.trim();
