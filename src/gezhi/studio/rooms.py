"""The rooms of the studio, as data: one entry for each system that exists.

Another room is one entry here, a module with a FastAPI `router`, its templates, and the keys
`room.<name>.title`, `.question` and `.enter` in both catalogues.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ROOMS", "Room"]


@dataclass(frozen=True, slots=True)
class Room:
    """One system on the home page.

    Args:
        name: the key in the catalogues, and the path under which the room lives.
        wing: the wing it belongs to.
        seal: the character on its card.
        module: where its `router` and `preview(language)` are, imported when the studio starts;
            a room that keeps something has `prepare(state)` there, called once with the app's.
        card: the template of its preview on the home page.
        style: a style sheet of its own among the static files, which its card needs too, or "".
    """

    name: str
    wing: str
    seal: str
    module: str
    card: str
    style: str = ""

    @property
    def path(self) -> str:
        """The address of the room on this page."""
        return f"/{self.name}"


ROOMS: tuple[Room, ...] = (
    Room(
        name="sentiment",
        wing="reading",
        seal="评",
        module="gezhi.studio.sentiment.routes",
        card="sentiment/_card.html",
    ),
    Room(
        name="papers",
        wing="papers",
        seal="文",
        module="gezhi.studio.papers.routes",
        card="papers/_card.html",
    ),
    Room(
        name="cluster",
        wing="latent",
        seal="类",
        module="gezhi.studio.cluster.routes",
        card="cluster/_card.html",
        style="latent.css",
    ),
    Room(
        name="density",
        wing="latent",
        seal="异",
        module="gezhi.studio.density.routes",
        card="density/_card.html",
        style="latent.css",
    ),
    Room(
        name="ogan",
        wing="latent",
        seal="生",
        module="gezhi.studio.ogan.routes",
        card="ogan/_card.html",
        style="latent.css",
    ),
    Room(
        name="hotwater",
        wing="home",
        seal="热",
        module="gezhi.studio.hotwater.routes",
        card="hotwater/_card.html",
        style="hotwater.css",
    ),
    Room(
        name="stove",
        wing="home",
        seal="灶",
        module="gezhi.studio.stove.routes",
        card="stove/_card.html",
        style="stove.css",
    ),
)
