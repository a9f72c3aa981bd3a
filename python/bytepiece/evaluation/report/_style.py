"""How the page looks, in light and in dark, on screens of any width and on paper; without a font or a file of others."""

STYLE = """
:root{color-scheme:light dark;--ink:#1d2433;--soft:#5c667a;--faint:#8d96a8;--line:#e3e7ee;--page:#f6f7fa;--card:#fff;
--accent:#2f6bd8;
--c0:#2f6bd8;--c1:#e0702f;--c2:#1f9d74;--c3:#b04fa3;--c4:#b98a0c;--c5:#2199b5;--c6:#d14560;--c7:#7b8494;
--t0:#d5e4ff;--t1:#ffe3c4;--t2:#cdf2dd;--t3:#f4d9f5;--t4:#fbf0b0;--t5:#ccf0f6;--hex:#b3261e;--mark:#6f7a90}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9f0;--soft:#a4adbf;--faint:#7b8599;--line:#2c3342;--page:#12151c;
--card:#1a1f29;--accent:#7ea9ff;
--c0:#6f9dff;--c1:#f59a5c;--c2:#45c997;--c3:#d987cd;--c4:#dcb546;--c5:#52c3dd;--c6:#f07c92;--c7:#9aa3b5;
--t0:#213a6b;--t1:#5f3a17;--t2:#17503a;--t3:#55295a;--t4:#54480f;--t5:#11505d;--hex:#ff9d94;--mark:#9ba6bd}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
-webkit-text-size-adjust:100%}
main{max-width:1120px;margin:0 auto;padding:40px 24px 72px}
h1{font-size:30px;line-height:1.2;margin:0 0 6px;letter-spacing:-.02em}
h2{font-size:20px;margin:44px 0 4px;letter-spacing:-.01em}
h3{font-size:14px;margin:0 0 8px;font-weight:600}
h3.text{margin-top:22px}
p{margin:0 0 14px;color:var(--soft);max-width:80ch}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:18px 20px;min-width:0;
break-inside:avoid}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:16px}
.wide{overflow-x:auto;margin:0 -4px;padding:0 4px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 0 14px;color:var(--soft)}
.name{white-space:nowrap}.name i{display:inline-block;width:.75em;height:.75em;border-radius:3px;
margin-inline-end:.5em}
table{border-collapse:collapse;width:100%;font-size:13.5px}
caption{text-align:start;font-weight:600;padding:0 0 8px}
th,td{padding:6px 10px;border-bottom:1px solid var(--line);text-align:start;white-space:nowrap;vertical-align:top}
th{color:var(--soft);font-weight:500;font-size:12.5px}
tr:last-child td{border-bottom:0}
.n{text-align:end;font-variant-numeric:tabular-nums}
th:first-child,td:first-child{padding-inline-start:0}th:last-child,td:last-child{padding-inline-end:0}
.ci{color:var(--faint);font-size:12px;margin-inline-start:.5em}.best{font-weight:650}.bad{color:var(--hex);
font-weight:600}.none{color:var(--faint)}
table+table,.wide+.wide{margin-top:26px}
.c0{background:var(--c0);fill:var(--c0);stroke:var(--c0)}.c1{background:var(--c1);fill:var(--c1);stroke:var(--c1)}
.c2{background:var(--c2);fill:var(--c2);stroke:var(--c2)}.c3{background:var(--c3);fill:var(--c3);stroke:var(--c3)}
.c4{background:var(--c4);fill:var(--c4);stroke:var(--c4)}.c5{background:var(--c5);fill:var(--c5);stroke:var(--c5)}
.c6{background:var(--c6);fill:var(--c6);stroke:var(--c6)}.c7{background:var(--c7);fill:var(--c7);stroke:var(--c7)}
svg{display:block;width:100%;height:auto;overflow:visible;font-size:12px}
svg text{fill:var(--soft);font-variant-numeric:tabular-nums}
svg .strong{fill:var(--ink);font-weight:600}svg .faint{fill:var(--faint)}
svg .rule{stroke:var(--line);fill:none}svg .axis{stroke:var(--faint);fill:none}
svg .whisker{stroke:var(--ink);fill:none;stroke-width:1.5;opacity:.75}
svg .curve{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
svg .bar{stroke:none}
.sample{font-size:15px;line-height:2.05;unicode-bidi:plaintext;overflow-wrap:anywhere;word-break:keep-all;
white-space:pre-wrap;tab-size:4;
font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Noto Sans Mono",monospace,sans-serif}
.sample span{border-radius:4px;padding:2px 1px;margin:0 1px;unicode-bidi:isolate;-webkit-box-decoration-break:clone;
box-decoration-break:clone}
.sample span:nth-of-type(6n+1){background:var(--t1)}.sample span:nth-of-type(6n+2){background:var(--t2)}
.sample span:nth-of-type(6n+3){background:var(--t3)}.sample span:nth-of-type(6n+4){background:var(--t4)}
.sample span:nth-of-type(6n+5){background:var(--t5)}.sample span:nth-of-type(6n+6){background:var(--t0)}
.sample i{font-style:normal;color:var(--mark);opacity:.75}
.sample b{font:600 11px/1 ui-monospace,Menlo,Consolas,monospace;color:var(--hex);border:1px solid currentColor;
border-radius:3px;
padding:1px 2px;margin:0 1px;vertical-align:1px;white-space:nowrap}
.count{color:var(--soft);font-weight:400;margin-inline-start:.6em}
details{margin-top:14px}summary{cursor:pointer;color:var(--accent)}dt{font-weight:600;margin-top:8px}dd{margin:0;
color:var(--soft);max-width:85ch}
footer{margin-top:48px;color:var(--faint);font-size:13px}
@media print{body{background:#fff}main{max-width:none;padding:0}.card{border-color:#ccc}}
"""
