"""What a page says of itself to programs that show links to it: Open Graph (https://ogp.me/)."""

from django.conf import settings

from articles.models import Article
from articles.site.card_image import HEIGHT, WIDTH
from articles.site.pictures import on_page
from articles.site.presentation import is_large, language_tag
from articles.site.structured_data import absolute
from articles.site.words import cut, plain

SAYING = "Stories that others report, chosen and ranked"


def open_graph(path: str, article: Article | None = None) -> list[tuple[str, str]]:
    """What a page's `meta` elements say in `property` and `content`, but for its title and description. With an
    article: of its page. A picture that its page shows is named, as JPEG where it is kept here, for not all of these
    programs read WebP; else the card that is drawn here."""
    about = [("og:type", "article" if article else "website"), ("og:url", absolute(path))]
    about += [("og:site_name", settings.SITE_NAME)]
    shown = on_page(article) if article else None
    if shown:
        about += [("og:image", absolute(shown.src))]
        about += [
            (f"og:image:{name}", str(told)) for name in ("type", "width", "height") if (told := getattr(shown, name))
        ]
        about += [("og:image:alt", cut(shown.title) or plain(article.title))]
    else:
        drawn = f"{path}card.png" if article else "/card.png"
        about += [("og:image", absolute(drawn)), ("og:image:type", "image/png")]
        about += [("og:image:width", str(WIDTH)), ("og:image:height", str(HEIGHT))]
        about += [("og:image:alt", plain(article.title) if article else f"{settings.SITE_NAME}: {SAYING}")]
    if article:
        about += _of_article(article)
    small = shown and not is_large(shown)
    return [*about, ("twitter:card", "summary" if small else "summary_large_image")]


def _of_article(article: Article) -> list[tuple[str, str]]:
    found = [("article:published_time", article.published_at.isoformat())]
    if article.updated_at:
        found += [("article:modified_time", article.updated_at.isoformat())]
    topics = [topic.name for topic in article.topic_list]
    found += [("article:section", name) for name in topics[:1]] + [("article:tag", name) for name in topics]
    language, _, rest = language_tag(article.locale).partition("-")
    territory = rest[-2:].upper()
    if language and len(rest) in (0, 2):
        found += [("og:locale", f"{language.lower()}_{territory}" if territory else language.lower())]
    return found
