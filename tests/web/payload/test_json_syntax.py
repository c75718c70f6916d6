"""Keys that come twice, for any JSON and any way to write it."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.web.payload import BodyError, json_syntax
from credit.web.payload.json_syntax import colons, colons_behind_names, keys, refuse_repeated

TEXT = st.text(alphabet='ab:"\\ é\n', max_size=4)
BLANKS = st.text(alphabet=" \t\r\n", max_size=2)


@st.composite
def written(draw, depth=3):
    """JSON as a text with blanks anywhere, and whether an object in it has a key twice."""
    kind = draw(st.integers(0, 3 if depth else 1))
    if kind == 0:
        return json.dumps(draw(TEXT), ensure_ascii=draw(st.booleans())), False
    if kind == 1:
        return draw(st.sampled_from(["1", "-0.5e3", "true", "null"])), False
    inner = [draw(written(depth - 1)) for _ in range(draw(st.integers(0, 4)))]
    twice = any(one for _, one in inner)
    if kind == 2:
        return "[" + ",".join(draw(BLANKS) + text + draw(BLANKS) for text, _ in inner) + "]", twice
    names = [draw(TEXT) for _ in inner]
    pairs = [
        f"{draw(BLANKS)}{json.dumps(name)}{draw(BLANKS)}:{draw(BLANKS)}{text}"
        for name, (text, _) in zip(names, inner, strict=True)
    ]
    return "{" + ",".join(pairs) + "}", twice or len(set(names)) < len(names)


@given(written())
def test_a_body_is_refused_where_a_key_comes_twice_and_nowhere_else(found):
    text, twice = found
    body = text.encode()
    value = msgspec.json.decode(body)
    assert keys(value) <= colons_behind_names(body) <= colons(body)
    if not twice:
        refuse_repeated(body, value)
        return
    with pytest.raises(BodyError) as refused:
        refuse_repeated(body, value)
    assert (refused.value.status, refused.value.details[0].code) == (422, "key-twice")


def test_a_published_text_with_a_colon_in_it_is_not_read_again(monkeypatch):
    row = {"SK_ID_CURR": 1, "ORGANIZATION_TYPE": "Industry: type 9", "WEEKDAY": "a :b"}
    for value, again in (("Trade: type 3", 0), ("so :it", 1)):
        asked = []
        monkeypatch.setattr(json_syntax, "refuse_repeated_keys", asked.append)
        sent = {**row, "WEEKDAY": value}
        refuse_repeated(json.dumps(sent).encode(), sent)
        assert len(asked) == again
