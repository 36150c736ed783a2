"""The living pipes: few, bounded, cheap, and drawn as the physics has them."""

import threading
from dataclasses import replace

import pytest

from gezhi.errors import ParameterError
from gezhi.home.config import EXAMPLES
from gezhi.home.living import LivingHome
from gezhi.home.pipes import Pipe
from gezhi.home.plant import REFERENCE, Branch, Plumbing
from gezhi.home.plumbing_file import HomeFile
from gezhi.home.policies import Nothing
from gezhi.studio.hotwater.frames import LEVELS, NO_LEVEL, frame, level
from gezhi.studio.hotwater.live import HAND_SPEED, Session
from gezhi.studio.hotwater.picture import PIECES, draw
from gezhi.studio.hotwater.scenes import DAYS, HOMES, LAYOUTS, RULES, begin, home_of, scene_of
from gezhi.studio.i18n import LANGUAGES, Translator
from gezhi.studio.sessions import IDLE_SECONDS, Full, Sessions

SCENE = scene_of("reference", home_of("reference"), rule="hotcirc")


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def session(clock):
    return Session.of(SCENE, clock)


# ---- sessions ---------------------------------------------------------------------------------


def test_the_clock_runs_only_while_somebody_looks(session, clock):
    begun = session.homes[1].now
    clock.now += 1.0
    session.advance()
    assert session.homes[1].now == session.homes[0].now == begun + 60
    clock.now += 3600.0  # hidden: nobody asked
    session.advance()
    assert session.homes[1].now <= begun + 60 + 90


def test_a_paused_clock_stands_and_computes_nothing(session, clock, monkeypatch):
    session.set_speed(0)
    begun = session.homes[1].now
    monkeypatch.setattr(LivingHome, "_second", None)  # whoever lives now, fails
    for _ in range(5):
        clock.now += 10
        session.advance()
    assert session.homes[1].now == begun


@pytest.mark.parametrize("speed", [1, 10, 60, 600])
def test_many_looks_a_second_live_no_longer_than_few(clock, speed):
    session = Session.of(SCENE, clock)
    session.set_speed(speed)
    begun = session.homes[1].now
    for _ in range(100):
        clock.now += 0.03125  # exact in binary
        session.advance()
    assert session.homes[1].now - begun == int(3.125 * speed)


@pytest.mark.parametrize("speed", [-1, 2, 100_000])
def test_no_other_speed(session, speed):
    with pytest.raises(ParameterError, match="0, 1, 10, 60, 600"):
        session.set_speed(speed)


def test_a_hand_on_a_tap_slows_the_clock_and_wets_both_homes(session):
    session.set_speed(600)
    session.hold("tap", opened=True)
    assert session.pace == HAND_SPEED
    assert all(home.flows["tap"] >= 5.0 for home in session.homes)
    session.hold("tap", opened=False)
    assert session.pace == 600
    assert not any(home.in_hand("tap") for home in session.homes)


def test_the_button_is_one_homes_alone(clock):
    session = Session.of(scene_of("reference", home_of("reference"), rule="nothing"), clock)
    session.request("tap")
    session.let_pass(10)
    assert session.homes[0].circulating is None
    assert session.homes[1].circulating == "tap"
    session.stop()
    assert session.homes[1].circulating is None


def test_after_its_days_a_home_stands(session, clock):
    for home in session.homes:
        home.now = session.begun + DAYS * 86_400
    assert session.over
    clock.now += 1
    session.advance()
    session.let_pass(600)
    assert session.homes[1].now == session.begun + DAYS * 86_400


def test_there_are_few_sessions_and_the_one_not_looked_at_goes(clock):
    living = Sessions(most=2, clock=clock)
    living.start("a", _hollow(SCENE, clock))
    clock.now += 1
    living.start("b", _hollow(SCENE, clock))
    with pytest.raises(Full):
        living.start("c", _hollow(SCENE, clock))
    living.start("b", _hollow(SCENE, clock))  # one's own is replaced
    assert set(living.all) == {"a", "b"}
    clock.now += 21
    living.all["a"].looked = clock.now
    living.start("c", _hollow(SCENE, clock))
    assert set(living.all) == {"a", "c"}
    clock.now += IDLE_SECONDS + 1
    assert living.get("a") is None
    assert living.all == {}


def test_many_who_come_at_once_get_no_more_places(clock):
    living, refused = Sessions(most=3, clock=clock), []

    def come(name):
        try:
            living.start(name, _hollow(SCENE, clock))
        except Full:
            refused.append(name)

    threads = [threading.Thread(target=come, args=(str(n),)) for n in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(living.all) == 3
    assert len(refused) == 17


def _hollow(scene, clock):
    home = LivingHome(REFERENCE, Nothing(), now=0)
    return Session(scene, (home, home), (draw(REFERENCE), draw(REFERENCE)), clock, looked=clock())


@pytest.mark.parametrize(
    ("plumbing", "sentence"),
    [
        (
            Plumbing(tuple(Branch(f"tap {n}", Pipe.of("dn20", 5.0)) for n in range(5))),
            "holds 4 taps and this home has 5",
        ),
        (Plumbing((Branch("a", Pipe.of("dn20", 1e-9)),)), "pipes of 0.3 to 300 m"),
        (Plumbing((Branch("a", Pipe.of("dn20", 1e300)),)), "pipes of 0.3 to 300 m"),
        (replace(REFERENCE, trunk=Pipe.of("dn20", 1e6)), "pipes of 0.3 to 300 m"),
        (replace(REFERENCE, pump_litres_per_minute=1e6), "pumps of up to 60 L/min"),
    ],
)
def test_a_home_that_would_not_fit_is_refused_at_once(plumbing, sentence):
    with pytest.raises(ParameterError, match=sentence):
        Session.of(scene_of("x", HomeFile(plumbing)))


# ---- scenes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_scene_begins_with_both_homes_at_one_moment(home, layout):
    scene = scene_of(home, home_of(home), layout=layout, rule="hotcirc")
    assert scene.plumbing.layout == layout
    alone, ruled = begin(scene)
    assert alone.now == ruled.now
    assert alone.circulating is None
    assert ruled.circulating in scene.plumbing.taps  # somebody is about to want hot water
    assert ruled.tally.starts == 1


def test_the_worked_example_begins_with_hot_water_on_its_way():
    _, ruled = begin(scene_of("reference", home_of("reference")))
    words = frame((ruled, ruled), (draw(REFERENCE), draw(REFERENCE)), SCENE.zone, Translator("en"))
    shown = [words.levels[f"ruled-hot0-{k}"] for k in range(PIECES)]
    assert shown[0] >= level(38.0) > shown[-1]
    assert shown == sorted(shown, reverse=True)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_lives(rule, clock):
    session = Session.of(scene_of("reference", home_of("reference"), rule=rule), clock)
    session.let_pass(3600)
    alone, ruled = session.homes
    assert alone.tally.draws == ruled.tally.draws
    assert ruled.tally.heat_kwh >= alone.tally.heat_kwh - 0.01


def test_the_layouts_are_those_of_the_controller():
    assert set(LAYOUTS) == set(EXAMPLES)


# ---- frames -----------------------------------------------------------------------------------


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_frame_has_a_word_for_every_place_of_the_picture(home, layout, language):
    scene = scene_of(home, home_of(home), layout=layout, rule="nothing")
    session = Session.of(scene)
    made = session.frame(Translator(language))
    for side, picture in zip(("alone", "ruled"), session.pictures, strict=True):
        assert {f"{side}-{one.id}" for one in picture.pieces} <= set(made.levels)
        assert {f"{side}-{one.id}-flow" for one in picture.runs} <= set(made.on)
        assert {f"{side}-{one.id}" for one in picture.labels} <= set(made.words)
        ids = [one.id for group in (picture.pieces, picture.runs, picture.labels, picture.parts)
               for one in group]  # fmt: skip
        assert len(ids) == len(set(ids))
    assert set(made.levels.values()) <= {NO_LEVEL, *range(LEVELS)}


def test_colours_and_labels_are_the_physics():
    home = LivingHome(REFERENCE, Nothing(), now=0)
    home.request("tap")
    home.live(30)
    picture = draw(REFERENCE)
    made = frame((home, home), (picture, picture), SCENE.zone, Translator("en"))
    flow, metres = home.plant.hot["tap"], REFERENCE.branches[0].hot.metres
    for place in range(PIECES):
        before_end = metres - metres * (place + 0.5) / PIECES
        assert made.levels[f"ruled-hot0-{place}"] == level(flow.celsius_before_end(before_end))
    assert made.words["ruled-hot0-label1"] == f"{flow.celsius_before_end(metres / 2):.0f}°"
    assert made.on["ruled-pump"]
    assert made.on["ruled-hot0-flow"]
    assert not made.on["ruled-mains-flow"]
    assert made.words["ruled-doing"] == "Heater burns · pump runs"
    assert made.words["ruled-phase"] == "bringing hot water"


def test_what_a_draw_waits_is_said_while_it_waits():
    home = LivingHome(REFERENCE, Nothing(), now=0)
    picture, t = draw(REFERENCE), Translator("en")

    def words():
        return frame((home, home), (picture, picture), SCENE.zone, t).words["alone-wait"]

    assert words() == "no draw yet"
    home.open("tap", 5.0)
    home.live(12)
    assert words() == "waiting: 12 s …"
    home.live(120)
    hot = words()
    assert hot.startswith("hot after 6")
    home.close("tap")
    assert words() == hot
    home.live(4 * 3600)
    home.open("tap", 5.0)
    home.live(home.now + 9)
    home.close("tap")
    assert words() == "cold all its 9 s"


def test_a_pipe_without_content_has_no_colour_while_it_stands():
    home = LivingHome(REFERENCE, Nothing(), now=0)
    picture, t = draw(REFERENCE), Translator("en")
    assert frame((home, home), (picture, picture), SCENE.zone, t).levels["ruled-back-0"] == NO_LEVEL
    home.request("tap")
    home.live(5)
    moving = frame((home, home), (picture, picture), SCENE.zone, t)
    assert moving.levels["ruled-back-0"] == level(20.0)


def test_the_pieces_of_a_pipe_are_equally_long_and_lie_on_its_way():
    pieces = [one for one in draw(home_of("two-taps").plumbing).pieces if one.id.startswith("hot1")]
    assert len(pieces) == PIECES
    starts = [one.path.split("L")[0] for one in pieces]
    assert starts[0] == "M150 52"
    assert len(set(starts)) == PIECES
    assert pieces[-1].path.endswith("L342 140")
