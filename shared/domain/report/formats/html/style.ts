/** Light, dark and paper. White on each colour of a badge has a contrast of at least 5; words say everything that a colour says. */
export const STYLE = `
:root{color-scheme:light dark;--page:#fff;--text:#1b1f24;--quiet:#57606a;--line:#d0d7de;--box:#f6f8fa;--link:#0550ae;
--critical:#8b0a1a;--high:#b3440c;--medium:#7a5c00;--low:#1f5f8b;--info:#57606a}
@media(prefers-color-scheme:dark){:root{--page:#14171a;--text:#e6e9ec;--quiet:#a3abb3;--line:#3a4149;--box:#1d2125;--link:#7cb7ff;
--critical:#ff7b8e;--high:#ff9f66;--medium:#e0b93a;--low:#74b8ea;--info:#a3abb3}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:1.5rem 1rem 4rem;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.75rem;margin:0 0 .25rem}h2{font-size:1.35rem;margin:2.5rem 0 .75rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}
h3{font-size:1.15rem;margin:1.75rem 0 .5rem}h4{font-size:1rem;margin:1.25rem 0 .25rem}h5{font-size:.95rem;margin:1rem 0 .25rem}
a{color:var(--link)}.quiet{color:var(--quiet)}p{margin:.5rem 0}
.figures{display:flex;flex-wrap:wrap;gap:.75rem;margin:1rem 0;padding:0;list-style:none}
.figures li{flex:1 1 8rem;border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem;background:var(--box)}
.figures b{display:block;font-size:1.75rem;line-height:1.2}
.notice{border:1px solid var(--line);border-left:.4rem solid var(--high);border-radius:.25rem;padding:.6rem 1rem;background:var(--box);margin:1rem 0}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.925rem}
caption{text-align:left;color:var(--quiet);padding:.25rem 0}
th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line);overflow-wrap:normal}
td.long{overflow-wrap:anywhere;min-width:12rem}th.number,td.number{text-align:right}
.badge{display:inline-block;min-width:4.75rem;padding:.05rem .5rem;border-radius:.25rem;color:#fff;font-size:.8rem;font-weight:600;text-align:center}
.badge.critical{background:#8b0a1a}.badge.high{background:#b3440c}.badge.medium{background:#7a5c00}.badge.low{background:#1f5f8b}.badge.info{background:#57606a}
.mark{border:1px solid var(--line);border-radius:.25rem;padding:0 .4rem;font-size:.8rem;white-space:nowrap}
svg{max-width:100%;height:auto;display:block}svg text{fill:var(--text);font:14px system-ui,"DejaVu Sans",sans-serif}
rect.critical{fill:var(--critical)}rect.high{fill:var(--high)}rect.medium{fill:var(--medium)}rect.low{fill:var(--low)}rect.info{fill:var(--info)}
details{border-bottom:1px solid var(--line)}summary{cursor:pointer;padding:.5rem 0}
summary .title{font-weight:600}.finding>div{padding:0 0 1rem 1rem;border-left:.2rem solid var(--line);margin:0 0 .5rem .3rem}
table.facts{width:auto}table.facts th{width:11rem}
.line{padding:.5rem 0 .5rem 1rem;border-bottom:1px solid var(--line)}
.more{border:1px solid var(--line);border-radius:.5rem;padding:0 1rem;margin:1rem 0}
code{display:block;white-space:pre-wrap;font:.85rem/1.4 ui-monospace,"DejaVu Sans Mono",monospace;background:var(--box);padding:.5rem .75rem;border-radius:.25rem;margin:.25rem 0}
.ids{display:flex;flex-wrap:wrap;gap:.25rem .75rem;list-style:none;padding:0;margin:.25rem 0}
form{display:flex;flex-wrap:wrap;gap:.75rem 1.25rem;align-items:end;border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem;background:var(--box)}
form[hidden],[hidden]{display:none}fieldset{border:0;padding:0;margin:0;display:flex;flex-wrap:wrap;gap:.25rem .75rem}legend{padding:0;font-size:.85rem;color:var(--quiet)}
form label.field{display:flex;flex-direction:column;font-size:.85rem;color:var(--quiet);flex:0 1 14rem;min-width:0}
input[type=search],select{font:inherit;padding:.25rem .5rem;max-width:100%;border:1px solid var(--quiet);border-radius:.25rem;background:var(--page);color:var(--text)}
:focus-visible{outline:.2rem solid var(--link);outline-offset:.1rem}
@media print{:root{color-scheme:light;--page:#fff;--text:#000;--quiet:#444;--line:#bbb;--box:#fff;--link:#000;
--critical:#8b0a1a;--high:#b3440c;--medium:#7a5c00;--low:#1f5f8b;--info:#57606a}
body{max-width:none;padding:0;font-size:10pt}form{display:none}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
h2,h3,h4,h5,summary{break-after:avoid}tr,li,svg{break-inside:avoid}.wide{overflow:visible;break-inside:avoid}a{text-decoration:none}
main>section>details.finding::details-content{content-visibility:visible;block-size:auto}}
`
