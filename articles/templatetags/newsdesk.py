"""The words of the site for the desk's templates, which are written in Django's own language."""

from django import template

from articles.site import presentation, words

register = template.Library()
for function in (
    words.address,
    words.counted,
    words.cut,
    words.heat_step,
    words.heat_word,
    words.monogram,
    words.picture_address,
    words.plain,
    presentation.direction,
    presentation.language,
    presentation.shape,
):
    register.filter(function)
register.filter("hours", words.duration)
register.simple_tag(presentation.age)
register.simple_tag(presentation.when)
register.simple_tag(presentation.day_name)
