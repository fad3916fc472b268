from django.urls import path, register_converter

from articles.site import api, views
from articles.site.converters import DomainConverter, SlugConverter
from articles.site.pages import public

register_converter(SlugConverter, "word")
register_converter(DomainConverter, "domain")

app_name = "site"
urlpatterns = [
    path("", public(views.front), name="front"),
    path("latest/", public(views.latest), name="latest"),
    path("articles/<word:slug>/", public(views.article), name="article"),
    path("articles/<word:slug>/player/", public(views.player), name="player"),
    path("topics/", public(views.topics), name="topics"),
    path("topics/<word:slug>/", public(views.topic), name="topic"),
    path("providers/", public(views.providers), name="providers"),
    path("providers/<domain:domain>/", public(views.provider), name="provider"),
    path("about/", public(views.about), name="about"),
    path("api/news/", public(api.filtered), name="api"),
    path("api/news/index.json", public(api.news), name="api-news"),
    path("api/news/page/<int:number>/index.json", public(api.news), name="api-news-page"),
    path("api/news/<word:slug>/index.json", public(api.topic), name="api-topic"),
    path("api/news/<word:slug>/page/<int:number>/index.json", public(api.topic), name="api-topic-page"),
    path("api/<path:rest>", public(api.nothing)),
]
