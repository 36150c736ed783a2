"""The sentiment room says what the library says, and something clear about anything typed."""

import html
import re

import pytest

from gezhi.reading.sentiment.model import SentimentModel
from gezhi.studio import pages
from gezhi.studio.rooms import ROOMS
from gezhi.studio.sentiment import judgements, models
from gezhi.studio.sentiment.examples import EXAMPLES

FRAGMENT = {"hx-request": "true"}


@pytest.fixture(scope="module")
def model():
    return SentimentModel.load()


@pytest.fixture
def judge(client):
    def send(text, accuracy="97", **headers):
        answer = client.post(
            "/sentiment/judge",
            data={"text": text, "accuracy": accuracy},
            headers={**FRAGMENT, **headers},
        )
        assert answer.status_code == 200
        return answer.text

    return send


def test_the_home_page_has_a_card_for_each_room_and_a_worked_example(client):
    page = client.get("/").text
    assert page.count('class="card card--room"') == len(ROOMS)
    assert all(f'href="{room.path}"' in page for room in ROOMS)
    assert 'class="m p' in page
    assert 'class="mark kind--arxiv"' in page


def test_the_room_opens_with_a_worked_example(client):
    page = client.get("/sentiment").text
    assert EXAMPLES[0].text in page
    assert EXAMPLES[0].gloss in html.unescape(page)
    assert 'class="meter' in page
    assert 'class="m p' in page


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_opens_without_javascript(client, number):
    page = client.get(f"/sentiment?example={number}").text
    assert html.escape(EXAMPLES[number].text, quote=False) in page


@pytest.mark.parametrize("number", ["99", "-1", "x", "1e3", "²", "9" * 500])
def test_an_example_that_is_not_there_is_the_first(client, number):
    assert EXAMPLES[0].text in client.get("/sentiment", params={"example": number}).text


@pytest.mark.parametrize("text", [example.text for example in EXAMPLES[:3]])
@pytest.mark.parametrize("accuracy", [80, 97, 99])
def test_the_page_says_what_the_library_says(judge, model, text, accuracy):
    piece = judge(text, str(accuracy))
    [judgement] = model.judge([text], accuracy=accuracy / 100)
    band = model.band(accuracy / 100)
    assert f'class="verdict {judgement.label}"' in piece
    assert f'<span class="figure">{html.escape(pages.percent(judgement.probability))}<' in piece
    place = re.search(r'class="meter__mark \w+" d="M([\d.]+) 8h0"', piece).group(1)
    assert float(place) == pytest.approx(100 * judgement.probability, abs=0.006)
    stripes = re.search(r'class="meter__stripes" d="M([\d.]+) 8H([\d.]+)"', piece)
    if band.high > band.low:
        assert [float(x) for x in stripes.groups()] == pytest.approx(
            [100 * band.low, 100 * band.high], abs=0.006
        )
    else:
        assert stripes is None
    assert f"decides {html.escape(pages.percent(band.coverage))} of reviews" in piece


def test_colours_follow_the_explanation(judge, model):
    text = EXAMPLES[0].text
    explanation = model.explain(text)
    paragraph = re.search(r'<p class="marked"[^>]*>(.*?)</p>', judge(text), re.DOTALL).group(1)
    spans = re.findall(r'<span(?: class="m ([pn])(\d)" title="([^"]+)")?>(.)</span>', paragraph)
    assert "".join(character for *_, character in spans) == text
    for (side, level, title, _), weight in zip(spans, explanation.weights, strict=True):
        if side:
            assert (side == "p") == (weight > 0)
            assert float(title) == pytest.approx(weight, abs=0.006)
            assert 1 <= int(level) <= 4
    by_weight = sorted(zip(spans, explanation.weights, strict=True), key=lambda pair: pair[1])
    signed = [int(level or 0) * (1 if side == "p" else -1) for (side, level, *_), _ in by_weight]
    assert signed == sorted(signed)


def test_what_turns_the_judgement_is_named_and_does_turn_it(judge, model):
    text = EXAMPLES[0].text
    explanation = model.explain(text)
    assert explanation.deletions
    removed = re.findall(r"<del[^>]*>(.)</del>", judge(text))
    assert removed == [text[place] for place in explanation.deletions]
    rest = "".join(c for place, c in enumerate(text) if place not in explanation.deletions)
    before, after = model.probabilities([text, rest])
    assert (before > 0.5) != (after > 0.5)


def test_several_lines_are_several_rows(judge, model):
    lines = ["很好", "", "  太差了  ", "一般"]
    piece = judge("\r\n".join(lines))
    shown = re.findall(r'lines__text"[^>]*>([^<]*)<', piece)
    assert shown == ["很好", "太差了", "一般"]
    labels = re.findall(r'<span class="label (\w+)"', piece)
    assert labels == [j.label for j in model.judge(["很好", "太差了", "一般"])]


def test_many_lines_are_bounded(judge):
    piece = judge("很好\n" * 250)
    assert piece.count("lines__text") == judgements.LINES
    assert "150 more are left out" in piece


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u3000\t\r\n"])
def test_nothing_typed_is_a_sentence(judge, text):
    assert "There is nothing to judge yet" in judge(text)


@pytest.mark.parametrize("text", ["😀", "ok, nice", "12345", "。。。"])
def test_no_chinese_is_said(judge, text):
    piece = judge(text)
    assert "There is no Chinese character in this text" in piece
    assert 'class="verdict' in piece


def test_a_hundred_thousand_characters_are_judged_and_not_coloured(judge, model):
    text = "很好用，" * 25_000
    piece = judge(text)
    assert "The text has 100,000 characters" in piece
    assert 'class="marked"' not in piece
    assert html.escape(pages.percent(model.probabilities([text])[0])) in piece
    assert len(piece) < 10_000


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\u200b", "\u202e", "\x85"])
def test_control_characters_are_shown_and_never_sent_on(judge, character):
    piece = judge(f"很好{character}用")
    assert character not in piece
    if character in "\x00\x07\x1b\x7f\x85":
        assert "control characters" in piece


def test_markup_stays_text(judge, client):
    text = "<script>alert(1)</script>好&\"'"
    assert "<script" not in judge(text)
    assert "<script" not in judge(f"{text}\n{text}")
    page = client.post("/sentiment/judge", data={"text": text}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("accuracy", ["", "0", "100", "-5", "nan", "9" * 400, "97; drop", "²"])
def test_an_accuracy_that_is_not_offered_is_the_default(judge, model, accuracy):
    coverage = html.escape(pages.percent(model.band(0.97).coverage))
    assert f"decides {coverage} of" in judge("好", accuracy)


@pytest.mark.parametrize("percent", range(80, 100))
def test_every_accuracy_on_the_slider_works(client, model, percent):
    piece = client.get("/sentiment/coverage", params={"accuracy": percent}).text
    assert html.escape(pages.percent(model.band(percent / 100).coverage)) in piece


def test_the_form_works_without_javascript(client):
    page = client.post("/sentiment/judge", data={"text": "太差了，退货", "accuracy": "90"}).text
    assert "<!doctype html>" in page
    assert "太差了，退货</textarea>" in page
    assert 'value="90"' in page
    assert 'class="verdict' in page


def test_a_new_judgement_is_said_aloud(judge):
    said = re.search(r'<p id="said" role="status"[^>]*>([^<]*)</p>', judge("很好")).group(1)
    assert re.fullmatch(r"(Positive|Negative|Uncertain), probability of positive .+\.", said)


def test_a_variant_that_is_not_installed_is_not_mentioned(judge, monkeypatch):
    monkeypatch.setattr(models, "present_variants", lambda: ())
    piece = judge("很好")
    assert "LSTM" not in piece
    assert "other models" not in piece


@pytest.mark.parametrize("names", [models.VARIANTS, models.VARIANTS[1:2]])
def test_installed_variants_stand_beside_the_best(judge, monkeypatch, model, names):
    class Fixed:
        def __init__(self, probability):
            self.probability = probability

        def judge(self, texts, *, accuracy):
            return [judgements.Judgement(text, "positive", self.probability) for text in texts]

        def band(self, accuracy):
            return judgements.Band(accuracy, 0.5, 0.5, 1.0)

    stand_ins = {name: Fixed(0.61 + place / 10) for place, name in enumerate(models.VARIANTS)}
    monkeypatch.setattr(models, "load", lambda name: stand_ins.get(name, model))
    monkeypatch.setattr(models, "band", lambda name, accuracy: models.load(name).band(accuracy))
    monkeypatch.setattr(models, "present_variants", lambda: names)
    rows = re.findall(r'readings__name">([^<]+)<.*?"figure">([^<]+)<', judge("很好"), re.DOTALL)
    assert len(rows) == 1 + len(names)
    assert rows[0][0] == "Best model"
    expected = [f"{100 * stand_ins[name].probability:.0f}%" for name in names]
    assert [figure for _, figure in rows[1:]] == expected


def test_a_damaged_model_is_one_sentence(client, monkeypatch):
    from gezhi.errors import BundleError

    def damaged(name):
        raise BundleError("model.onnx of the bundle 'sentiment' is damaged; install gezhi again")

    monkeypatch.setattr(models, "load", damaged)
    models.band.cache_clear()
    answer = client.get("/sentiment")
    assert answer.status_code == 422
    assert "is damaged; install gezhi again" in answer.text
    assert client.get("/").status_code == 200
