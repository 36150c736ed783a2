"""The stove room: its addresses, what is said to it, the proof, and what it refuses."""

import html
import json
import re

import pytest

from gezhi.home import stove_proof
from gezhi.home.speech import REASONS, Action, understand
from gezhi.home.verify import Exploration, Verdict
from gezhi.studio.i18n import LANGUAGES, catalogue
from gezhi.studio.jobs import Job, State
from gezhi.studio.stove import verification
from gezhi.studio.stove.orders import EXAMPLES
from gezhi.studio.stove.task import verify_stove

JSON = {"accept": "application/json"}


@pytest.fixture
def act(client):
    """Press a button of the living stove as the page's script does; the answer's frame."""

    def send(deed, language="en", **fields):
        headers = {**JSON, "accept-language": language}
        answer = client.post(f"/stove/live/{deed}", data=fields, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return send


def bare(piece):
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", " ", piece))).strip()


# ---- the first sight --------------------------------------------------------------------------


def test_the_room_opens_with_a_lit_burner_and_says_what_it_is_not(client):
    page = client.get("/stove").text
    assert re.search(r'id="b0-flame" data-state="on"', page)
    assert re.search(r'id="b1-flame" data-state="off"', page)
    assert '<dd class="countdown" id="b0-hubtimer">4:00</dd>' in page
    assert "not a certified safety device; EN 125, EN 298 and GB 16410" in page
    assert client.app.state.stoves.all == {}  # looking alone makes nothing


def test_the_card_on_the_front_page_shows_the_circuit(client):
    page = client.get("/?lang=zh").text
    assert 'class="circuit"' in page
    assert "左灶" in page


def test_ids_of_the_page_are_unique_and_every_frame_finds_its_place(client, act):
    page = client.get("/stove").text
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    moment = act("step")
    for part in ("words", "states", "pieces"):
        assert set(moment[part]) <= set(ids), part


# ---- hand, orders, words ----------------------------------------------------------------------


def test_a_knob_is_pressed_and_let_go_too_early(act):
    assert act("hand", do="press:1")["states"]["b1-knob"] == "pressed"
    moment = act("hand", do="release:1")
    assert moment["states"]["b1-flame"] == "off"
    assert "too early" in moment["pieces"]["log"]
    act("hand", do="hold:1")
    for _ in range(8):
        moment = act("pass")
    assert moment["states"]["b1-flame"] == "on"
    assert act("hand", do="off:1")["states"]["b1-flame"] == "off"


def test_off_now_cuts_and_a_plan_is_kept_by_hub_and_node(act):
    moment = act("order", do="off:0", minutes="10")
    assert moment["states"]["b0-flame"] == "off"
    assert moment["states"]["b0-contact"] == "open"
    assert moment["states"]["b0-current"] == "off"
    moment = act("order", do="plan:1", minutes="10")
    assert moment["words"]["b1-hubtimer"] == "10:00"
    assert moment["words"]["b1-nodetimer"] == "10:00"
    assert act("order", do="extend:1", minutes="")["words"]["b1-hubtimer"].startswith("15:00")
    assert act("order", do="cancel:1", minutes="")["words"]["b1-hubtimer"] == "nothing planned"


@pytest.mark.parametrize("minutes", ["0", "-5", "nan", "inf", "1e300", "ten", "", "9" * 50])
def test_a_time_that_makes_no_sense_is_refused_by_the_hub(act, minutes):
    moment = act("order", do="plan:1", minutes=minutes)
    assert moment["words"]["b1-hubtimer"] == "nothing planned"
    assert "notice--bad" in moment["pieces"]["answer"]


@pytest.mark.parametrize("verb", ["late", "twice", "retained"])
def test_messages_that_ought_to_be_refused_are(act, verb):
    moment = act("order", do=f"{verb}:0")
    assert "notice--bad" in moment["pieces"]["answer"]
    assert moment["states"]["b0-flame"] == ("off" if verb == "twice" else "on")


def test_nothing_on_the_page_can_turn_it_on(act):
    moment = act("order", do="on:1")
    assert moment["states"]["b1-flame"] == "off"
    assert "nothing but a hand" in moment["pieces"]["answer"]
    assert "nothing but a hand" in moment["words"]["b1-reply"]


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_are_answered_as_the_library_understands_them(act, text):
    command = understand(text)
    assert command.action in (Action.OFF, Action.EXTEND, Action.REFUSE)
    for language in ("en", "zh"):
        answer = bare(act("say", language, text=text)["pieces"]["answer"])
        assert text in answer
        assert command.sentence(language) in answer
        assert json.dumps(command.record()) in answer


def test_what_is_not_understood_does_nothing_and_says_why(act):
    moment = act("say", text="when it boils turn it off")
    assert REASONS["condition"][0] in moment["pieces"]["answer"]
    for text in ("x" * 5000, "", "<script>alert(1)</script>", "\x07\u202e"):
        moment = act("say", text=text)
        assert "<script" not in moment["pieces"]["answer"]
        assert '"action": "unknown"' in html.unescape(moment["pieces"]["answer"])
    assert moment["states"]["b0-flame"] == "on"
    assert moment["words"]["b1-hubtimer"] == "nothing planned"


def test_a_question_is_answered_with_how_it_stands(act):
    answer = bare(act("say", text="is the left burner on?")["pieces"]["answer"])
    assert "Left burner: flame is on; timer:" in answer


def test_a_hub_that_is_gone_hears_nothing_and_is_not_pretended(act):
    moment = act("house", do="hub")
    assert moment["words"]["b0-known"] == "the hub is gone"
    moment = act("order", do="off:0")
    assert "Nobody heard it" in moment["pieces"]["answer"]
    assert moment["states"]["b0-flame"] == "on"
    for _ in range(5):
        moment = act("pass")
    assert moment["states"]["b0-flame"] == "off"


def test_a_form_without_a_script_comes_back_to_the_room(client):
    page = client.post("/stove/live/order", data={"do": "off:0"})
    assert page.url.path == "/stove"
    assert re.search(r'id="b0-flame" data-state="off"', page.text)
    again = client.post("/stove/live/restart")
    assert re.search(r'id="b0-flame" data-state="on"', again.text)


@pytest.mark.parametrize(
    ("deed", "do"),
    [
        ("hand", "press:7"),
        ("hand", "light:0"),
        ("order", "open:0"),
        ("order", "off:../x"),
        ("house", "moon"),
        ("burner", "sensor-lies:9"),
        ("burner", ":"),
        ("sense", ""),
        ("speed", "7"),
        ("speed", "９"),
    ],
)
def test_what_there_is_not_is_refused_in_a_sentence(client, deed, do):
    answer = client.post(f"/stove/live/{deed}", data={"do": do}, headers=JSON)
    if deed == "order" and do == "off:../x":
        assert "notice--bad" in answer.json()["pieces"]["answer"]  # the hub knows no such burner
    else:
        assert answer.status_code == 422
        assert "This could not be done" in answer.text


@pytest.mark.parametrize("path", ["/stove/live/hand", "/stove/verify", "/stove/house/command"])
def test_another_page_can_do_nothing(client, path):
    away = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert client.post(path, data={"do": "off:0"}, headers=away).status_code == 403
    assert client.get("/stove", headers={"host": "evil.example"}).status_code == 403


# ---- the proof --------------------------------------------------------------------------------


def test_the_stored_proof_is_whole_and_shown_in_both_languages(client):
    stored = verification.load()
    assert set(stored["made"]) == {"command", "gezhi", "on", "seconds"}
    result = stored["result"]
    assert result["fixpoint"] is True
    assert result["states"] > 1000
    covered = {fault for one in result["stoves"] for fault in one["faults"]}
    assert all(one["holds"] and not one["trace"] for one in result["properties"])
    for language in LANGUAGES:
        page = html.unescape(client.get(f"/stove?lang={language}").text)
        assert f"{result['states']:,}" in page
        for one in result["properties"]:
            assert catalogue(language)[verification.property_key(one["name"])] in page
        for loss in verification.LOSSES:
            said = catalogue(language)[f"stove.proof.loss.{loss}"]
            assert (said in page) is (loss not in covered)
    assert {one["name"] for one in result["properties"]} <= set(catalogue("en").values())


def small(monkeypatch, *verdicts):
    """Let the walk through all states be a short one that ends with these verdicts."""
    found = Exploration(5, 8, True, verdicts)

    def verify_all(report):
        for variant in stove_proof.VARIANTS:
            report(variant.name)
        return found

    monkeypatch.setattr(stove_proof, "verify_all", verify_all)


def test_the_job_gives_what_the_library_found_and_counts(monkeypatch):
    small(monkeypatch, Verdict("gas", True, ()), Verdict("lock", False, ("a hand", "a tick")))
    counted = []
    result = verify_stove({}, lambda done, total, message: counted.append((done, total)))
    assert result["properties"] == [
        {"name": "gas", "holds": True, "trace": []},
        {"name": "lock", "holds": False, "trace": ["a hand", "a tick"]},
    ]
    total = len(stove_proof.VARIANTS)
    assert counted == [(done, total) for done in range(total + 1)]
    assert json.dumps(result)


def test_a_property_that_fails_is_shown_with_its_way_there(client, monkeypatch):
    small(monkeypatch, Verdict("gas <b>", False, ("a hand <i>presses", "the node is reset")))
    job = Job(task="stove.verify", parameters={}, page="")
    job.update(state=State.DONE, result=verify_stove({}, lambda *_: None))
    client.app.state.verifications.jobs.append(job)
    for path in ("/stove", f"/stove/verify/{job.id}"):
        page = client.get(path).text
        assert 'data-holds="0"' in page
        assert "a hand &lt;i&gt;presses" in page
        assert "<dd>0 / 1</dd>" in page
        assert "Made on this computer" in page


def test_a_run_is_watched_shared_and_cancelled(client):
    page = client.post("/stove/verify")
    assert page.url.path.startswith("/stove/verify/")
    assert "Walking through all states" in page.text
    again = client.post("/stove/verify")
    assert again.url == page.url
    assert "Watch the proof that runs" in client.get("/stove").text
    job = client.app.state.verifications.under_way
    client.post(f"/jobs/{job.id}/cancel")
    assert "Cancelled. You can start it again." in client.get(page.url.path).text
    assert "Prove it here" in client.get("/stove").text
    assert client.get("/stove/verify/nothing").status_code == 404
