def test_the_sign_in_page_of_the_admin_is_whole_and_the_browser_has_no_complaint(browser_page, complaints):
    browser_page.goto("/admin/")

    assert browser_page.get_by_label("Username").is_visible()
    header = browser_page.locator("#header").evaluate("element => getComputedStyle(element).backgroundColor")
    assert header != "rgba(0, 0, 0, 0)"  # the style sheet has come
    assert complaints == []


def test_an_editor_is_signed_in_without_typing_a_password(browser_page, complaints, signed_in, editor):
    signed_in(browser_page, editor).goto("/admin/")

    assert "erin" in browser_page.locator("#user-tools").inner_text().lower()
    assert complaints == []


# What a flush takes away, and what brings it back, is told in tests/conftest.py.
def test_a_later_browser_test_finds_the_groups_again_that_an_earlier_one_flushed(browser_page, signed_in, editor):
    signed_in(browser_page, editor).goto("/admin/")

    assert editor.has_perm("articles.curate_article")
