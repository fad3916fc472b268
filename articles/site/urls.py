from django.urls import path, register_converter

from articles.site import api, feeds, media, share, sitemaps, views
from articles.site.converters import (
    DomainConverter,
    EndingConverter,
    RestConverter,
    SlugConverter,
    TwoDigitConverter,
    YearConverter,
)
from articles.site.pages import public

register_converter(SlugConverter, "word")
register_converter(DomainConverter, "domain")
register_converter(EndingConverter, "ending")
register_converter(RestConverter, "rest")
register_converter(YearConverter, "year")
register_converter(TwoDigitConverter, "two")


def feed(view):
    return public(view, aged=False, varies="Sec-Fetch-Dest")


def program(view):
    return api.asked_before(public(view, aged=False))


app_name = "site"
urlpatterns = [
    path("", public(views.front), name="front"),
    path("latest/", public(views.latest), name="latest"),
    path("articles/<word:slug>/", public(views.article), name="article"),
    path("articles/<word:slug>/card.png", public(share.story_card, aged=False), name="story-card"),
    path("articles/<word:slug>/player/", public(views.player, framed=True), name="player"),
    path("topics/", public(views.topics), name="topics"),
    path("topics/<word:slug>/", public(views.topic), name="topic"),
    path("topics/<word:slug>/latest.<ending:ending>", feed(feeds.topic), name="topic-feed"),
    path("providers/", public(views.providers), name="providers"),
    path("providers/<domain:domain>/", public(views.provider), name="provider"),
    path("providers/<domain:domain>/latest.<ending:ending>", feed(feeds.provider), name="provider-feed"),
    path("feeds/all.opml", public(feeds.opml, aged=False), name="feeds"),
    path("feeds/front.<ending:ending>", feed(feeds.front), name="front-feed"),
    path("feeds/search.<ending:ending>", feed(feeds.search), name="search-feed"),
    path("feeds/latest.<ending:ending>", feed(feeds.latest), name="latest-feed"),
    path("search/", public(views.search), name="search"),
    path("archive/", public(views.archive), name="archive"),
    path("archive/<year:year>/", public(views.archive_year), name="archive-year"),
    path("archive/<year:year>/<two:month>/", public(views.archive_month), name="archive-month"),
    path("archive/<year:year>/<two:month>/<two:day>/", public(views.archive_day), name="archive-day"),
    path("corrections/", public(views.corrections), name="corrections"),
    path("corrections/latest.<ending:ending>", feed(feeds.corrections), name="corrections-feed"),
    path("media/<path:name>", public(media.media, aged=False), name="media"),
    path("about/", public(views.about), name="about"),
    path("sitemap.xml", public(sitemaps.index, aged=False), name="sitemap"),
    path("sitemap-<slug:name>-<int:number>.xml", public(sitemaps.part, aged=False), name="sitemap-part"),
    path("news-sitemap.xml", public(sitemaps.news), name="news-sitemap"),
    path("card.png", public(share.site_card, aged=False), name="site-card"),
    path("manifest.webmanifest", public(share.manifest, aged=False), name="manifest"),
    path("robots.txt", public(sitemaps.robots, aged=False), name="robots"),
    path("opensearch.xml", public(sitemaps.opensearch, aged=False), name="opensearch"),
    path("api/news/", program(api.filtered), name="api"),
    path("api/news/index.json", program(api.news), name="api-news"),
    path("api/news/page/<int:number>/index.json", program(api.news), name="api-news-page"),
    path("api/news/<word:slug>/index.json", program(api.topic), name="api-topic"),
    path("api/news/<word:slug>/page/<int:number>/index.json", program(api.topic), name="api-topic-page"),
    path("api/openapi.json", program(api.openapi), name="openapi"),
    path("api/<rest:rest>", program(api.nothing)),
]
