"""HTML pages of many layouts, each a function of an article of the corpus."""

import re
from itertools import cycle

from page_parts import (
    COMMENTS,
    FOOTER,
    NAV,
    RELATED,
    Story,
    document,
    escaped,
    framed,
    linked_data,
    meta_date,
    told,
)


def news(story: Story) -> str:
    above = (
        "<div class='meta'><span>By Jane Doe</span> <span>in Goma</span></div>"
        "<div class='tools'><button>Listen to this article</button><span>3 min</span> "
        "<a href='#'>Add as preferred source on Google</a></div>"
        "<ul class='key'><li>Governor says 12 people were wounded</li><li>Road is shut</li></ul>"
    )
    cookies = (
        "<div id='cookie-banner'><p>This site uses cookies.</p><button>Accept all</button></div>"
    )
    below = (
        f"<p>Edited by: John Roe</p><div class='tags'><a href='/t'>Mali</a></div>{RELATED}{cookies}"
    )
    return framed(story, above + told(story), meta_date(story), below)


def amp(story: Story) -> str:
    style = "<style amp-boilerplate>body{visibility:hidden}</style>"
    advert = "\n<amp-ad width=300><div placeholder>Advertisement</div></amp-ad>\n"
    body = f"<amp-img src='a.jpg' alt='A road'></amp-img>{told(story, joint=advert)}"
    return framed(story, body, style + linked_data(story)).replace("<html", "<html ⚡", 1)


def table(story: Story) -> str:
    menu = "<td width=120><a href=/>Home</a><br><a href=/w>World</a><br><a href=/s>Sport</a></td>"
    text = told(story, "<p><font size=2>{}</font></p>")
    cell = f"<td><h1>{escaped(story.headline)}</h1>{text}</td>"
    return document(story, f"<table><tr>{menu}{cell}</tr></table>")


def entities(story: Story) -> str:
    named = {"“": "&ldquo;", "”": "&rdquo;", "’": "&rsquo;", "'": "&#39;", '"': "&quot;"}
    named |= {"—": "&mdash;", "é": "&eacute;", "&": "&amp;", "-": "&#x2d;", ",": "&#44;"}

    def coded(text: str) -> str:
        return "".join(named.get(one, one) for one in text).replace(" of ", " of&nbsp;")

    return framed(story, told(story, mark=coded), meta_date(story))


def inline(story: Story) -> str:
    def rich(text: str) -> str:
        text = re.sub(
            r"\b(the|and) (\w+)\b", r"\1 <em><span class='k'>\2</span></em>", escaped(text)
        )
        return re.sub(r"\b([A-Z]\w+ [A-Z]\w+)\b", r'<a href="/t?a=1&b=2"><b>\1</b></a>', text)

    return framed(story, told(story, mark=rich))


def breaks(story: Story) -> str:
    text = told(story, "{}", "<br>\n<br />\n")
    title = f"<h1>{escaped(story.headline)}</h1>"
    return document(story, f'{NAV}{title}<div class="story">{text}</div>{FOOTER}')


def lists(story: Story) -> str:
    first, *rest = story.paragraphs
    items = "".join(f"<li>{escaped(text)}</li>" for text in rest)
    return framed(story, f"<p>{escaped(story.opening + first)}</p><ul>{items}</ul>")


def blockquotes(story: Story) -> str:
    parts = told(story).split("\n")
    parts[1::2] = [f"<blockquote>{part}</blockquote>" for part in parts[1::2]]
    return framed(story, "".join(parts))


def figures(story: Story) -> str:
    caption = "Soldiers patrol a market. Photo: Jane Doe/AFP"
    figure = f"\n<figure><img src='m.jpg'><figcaption>{caption}</figcaption></figure>\n"
    time = f"<time datetime='{story.date}'>today</time>"
    return framed(story, time + told(story, joint=figure))


def scripted(story: Story) -> str:
    script = f"<script>var old = '<p>{escaped(story.paragraphs[0])}</p>';</script>"
    style = "<style>p:before { content: '<p>'; }</style>"
    off = "<noscript><p>Please enable JavaScript to read on.</p></noscript>"
    return framed(story, style + off + script + told(story, joint=script), linked_data(story))


def broken(story: Story) -> str:
    text = told(story, '<p class=a title="x > y">{}', "\n</span>")
    return f"<html><body><div><h1>{escaped(story.headline)}</h2><div>{text}<p><a href='/'>Home"


def divs(story: Story) -> str:
    title = f"<h1>{escaped(story.headline)}</h1>"
    text = told(story, '<div class="para">{}</div>')
    body = f'<div class="menu">{NAV}</div><div class="article-body">{title}{text}</div>{FOOTER}'
    return document(story, body, meta_date(story))


def commented(story: Story) -> str:
    old = f"<!-- <p>{escaped(story.paragraphs[-1])}</p> -->"
    note = f"\n{old}<!--[if IE]><p>Old</p><![endif]-->\n"
    return framed(story, note + told(story, joint=note), below=COMMENTS)


def timed(story: Story) -> str:
    stamp = f'<time datetime="{story.date}T06:15:00Z">{story.date} 06:15 GMT</time>'
    share = '<div class="share"><a href="#">Facebook</a> <a href="#">Twitter</a></div>'
    above = f'<p class="byline">By Jane Doe</p><p>Published: {stamp}</p>{share}'
    return framed(story, above + told(story), below=RELATED)


BOXES = (
    "<p>Sign up for our daily newsletter.</p><p>ADVERTISEMENT</p>",
    '<p><strong>Read more: <a href="/3">Why the river matters</a></strong></p>',
    "<p>This video cannot be played</p><p><em>Follow us on Telegram</em></p>",
    '<div><h4>Read also</h4><ul><li><a href="/4">Ferry sinks near Gao</a></li></ul></div>',
    '<p>[<a href="/5">Ten things to know about the delta</a>]</p><p>Swipe to see more photos</p>',
    "<p>Get the latest news in your inbox every morning.</p><p>Article continues below</p>",
    '<div class="quote"><p>Image: A soldier in Mopti [File: Jane Doe/AFP]</p></div>',
    '<p><a href="/live">Follow our live coverage here</a></p><p>Click here to watch the video</p>',
)


def boxed(story: Story) -> str:
    boxes = cycle(BOXES)
    parts = told(story).split("\n")
    return framed(story, "\n".join(part + next(boxes) for part in parts))


def wire(story: Story) -> str:
    title = f"<h1>{escaped(story.headline)}</h1>"
    return document(story, f"{title}{told(story)}<p>ab/cd/ef</p><p>(AFP)</p>")


def sections(story: Story) -> str:
    text = told(story, joint="\n<h2>Months of raids</h2>\n")
    return framed(story, f"<section>{text}</section>", meta_date(story), RELATED)


def indented(story: Story) -> str:
    def loose(text: str) -> str:
        text = escaped(text).replace(" in ", "\n\t\t  in&nbsp; ").replace(" the ", " \u200bthe\r\n")
        return text.replace("government", "govern&shy;ment")

    return framed(story, told(story, "  <p>\n\t\t{}\n  </p>", mark=loose))


def capitals(story: Story) -> str:
    text = told(story, "<P><FONT FACE=Arial>{}</FONT>", "\r\n")
    title = escaped(story.headline)
    head = (
        f"<HTML>\r\n<HEAD><TITLE>{title}</TITLE></HEAD>\r\n<BODY BGCOLOR=#FFFFFF><H1>{title}</H1>"
    )
    return f"{head}\r\n{text}\r\n<HR><A HREF=/>Home</A></BODY></HTML>"


def blog(story: Story) -> str:
    def noted(text: str) -> str:
        note = r'.<sup><a href="#n1">[1]</a></sup> '
        return re.sub(r"\. (?=[A-Z])", note, escaped(text), count=1)

    date = f'<meta itemprop="datePublished" content="{story.date}">'
    title = f'<h1 class="entry-title">{escaped(story.headline)}</h1>'
    author = '<div class="author"><p>About the author</p><p>Jane Doe writes about rivers.</p></div>'
    text = f'<div class="entry-content">{told(story, mark=noted)}</div>'
    post = f'<div class="post" itemscope>{date}{title}{text}{author}</div>'
    return document(story, f"{NAV}{post}{COMMENTS}{FOOTER}")


def live(story: Story) -> str:
    parts = told(story).split("\n")
    times = (f"<h3><time>{10 + n}:15 GMT</time> Update {n}</h3>" for n in range(len(parts)))
    body = "".join(
        f"<div class=entry>{time}{part}</div>" for time, part in zip(times, parts, strict=True)
    )
    return framed(story, f"<p>What we know so far</p>{body}<p>This live page is now closed.</p>")


def tabloid(story: Story) -> str:
    signed = "&mdash; Jane Doe (@jdoe) March 3, 2014"
    tweet = f'<blockquote class="tweet"><p>Smoke over the bridge #delta</p>{signed}</blockquote>'
    gallery = "<p>+7</p><p>View gallery</p><div>Families crossed the bridge on foot overnight</div>"
    call = "<p>Have you got a story? Email us at tips@courier.example</p>"
    boxes = cycle((tweet, gallery, call, "<p>MORE LIKE THIS</p>"))
    body = "\n".join(part + next(boxes) for part in told(story).split("\n"))
    return framed(story, "<p>EXCLUSIVE</p>" + body)


def metered(story: Story) -> str:
    wall = (
        "<div class=wall><p>You have 2 free articles left this month.</p>"
        "<p>Already a subscriber? Log in.</p></div>"
    )
    gift = "<p>We need your help to keep our reporting free. Give what you can today.</p>"
    poll = "<div class=poll><p>What do you think?</p><p>Yes</p><p>No</p><p>Vote</p></div>"
    return framed(story, told(story, joint="\n") + wall + gift + poll)


def release(story: Story) -> str:
    above = "<p>FOR IMMEDIATE RELEASE</p><p>To: News desks</p>"
    below = (
        "<p>- ENDS -</p><p>Notes to editors:</p><p>1. The Mission was set up in 2013.</p>"
        "<p>For interviews, call Jane Doe on +223 555 0100.</p>"
    )
    return document(story, f"<h1>{escaped(story.headline)}</h1>{above}{told(story)}{below}")


def portal(story: Story) -> str:
    crumbs = "<div class=crumbs><a href=/>Home</a> / <a href=/af>Africa</a> / Mali</div>"
    facts = "<div><h4>Key facts</h4><p>Population: 22 million</p><p>Capital: Bamako</p></div>"
    above = "<div class=date>Submitted by admin on Fri, 14/03/2014 - 06:15</div>"
    parts = told(story, '<div class="field-item"><p>{}</p></div>').split("\n")
    text = "\n".join([parts[0], facts, *parts[1:]])
    body = f"{crumbs}<h1>{escaped(story.headline)}</h1>{above}{text}<p>Views: 1204</p>"
    return document(story, f"{NAV}{body}{FOOTER}")


LAYOUTS = (
    *(news, amp, table, entities, inline, breaks, lists, blockquotes, figures, scripted, broken),
    *(divs, commented, timed, boxed, wire, sections, indented, capitals, blog),
    *(live, tabloid, metered, release, portal),
)


# Layouts that were written after the rules and that no rule was changed for.
def transcript(story: Story) -> str:
    above = "<p>Heard on Morning Wire</p><p>Download</p><p>Transcript</p>"
    below = (
        "<p>Transcripts are created on a rush deadline and may not be in their final form.</p>"
        "<p>Correction: An earlier version of this story gave the wrong day.</p>"
    )
    return framed(story, above + told(story) + below)


def chain(story: Story) -> str:
    boxes = cycle(
        (
            "<p>Loading...</p>",
            "<p>Next article: Price of rice doubles</p>",
            "<div><p>Our newsroom is hiring</p></div>",
            "<p>Report a typo</p>",
        )
    )
    body = "".join(part + next(boxes) for part in told(story).split("\n"))
    bio = "<div><p>Jane Doe is a reporter for the Courier. She joined the paper in 2009.</p></div>"
    return framed(story, body + bio)


def aggregator(story: Story) -> str:
    below = (
        "<p>Source: The Savannah Courier</p><p>Keywords: Mali, army, delta</p>"
        "<p>(Only the headline may have been reworked by our staff; the rest comes from a "
        "syndicated feed.)</p>"
        "<p>Disclaimer: We take no responsibility for the content of other sites.</p>"
    )
    return framed(story, told(story) + below, linked_data(story))


def magazine(story: Story) -> str:
    def dropped_capital(text: str) -> str:
        return f"<span class=cap>{text[0]}</span>{escaped(text[1:])}"

    series = "<p><em>This is the second of three parts.</em></p>"
    pull = '<aside class="pull">Nobody sleeps on the river any more</aside>'
    notes = "<ol class=notes><li>See the report of 2011, page 4.</li></ol>"
    return framed(story, series + told(story, joint=pull, mark=dropped_capital) + notes)


UNSEEN = (transcript, chain, aggregator, magazine)

# Those whose tags tell the story's day.
DATED = (news, amp, entities, figures, scripted, divs, timed, sections, blog, aggregator)
