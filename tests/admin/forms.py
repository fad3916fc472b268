"""A page's form as a browser would post it: all inputs as they were displayed, hidden ones too."""

from html.parser import HTMLParser


class Inputs(HTMLParser):
    """The inputs of the form with this id: name → value, as they would be posted untouched."""

    def __init__(self, form_id: str):
        super().__init__(convert_charrefs=True)
        self.form_id = form_id
        self.inside = False
        self.posted: dict[str, str | list[str]] = {}
        self._textarea = None
        self._select = None

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "form":
            self.inside = values.get("id") == self.form_id
        if not self.inside or "disabled" in values:
            return
        name = values.get("name")
        if tag == "input" and name and values.get("type") not in ("submit", "button", "image", "file"):
            if values.get("type") in ("checkbox", "radio"):
                if "checked" in values:
                    self.posted[name] = values.get("value", "on")
            else:
                self.posted[name] = values.get("value", "")
        elif tag == "textarea":
            self._textarea, self.posted[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in values:
            self.posted[self._select] = values.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "textarea":
            if self._textarea:  # a browser drops the first newline, and ends lines with CRLF
                text = self.posted[self._textarea].removeprefix("\r\n").removeprefix("\n")
                self.posted[self._textarea] = text.replace("\r\n", "\n").replace("\n", "\r\n")
            self._textarea = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data):
        if self._textarea:
            self.posted[self._textarea] += data


def inputs(response, form_id: str) -> dict[str, str]:
    """What a browser would post of the form, if the editor touched nothing."""
    parser = Inputs(form_id)
    parser.feed(response.content.decode())
    assert parser.posted, f"no form {form_id}"
    return parser.posted
