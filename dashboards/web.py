"""The web server: pages, the panels that they ask for, and the rows of a panel as CSV."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import plotly
from flask import Flask, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dashboards.catalogue import PAGES, PANELS
from dashboards.errors import Unanswered, WrongFilter
from dashboards.filters import read_filters
from dashboards.lake import Lake
from dashboards.reader import Reader

POLICY: Final = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Settings:
    """How often a page asks again, and how long an answer of tables that jobs make is kept."""

    refresh_seconds: int = 5
    keep_seconds: int = 60


def create_app(
    lake: Lake,
    where: str,
    zone: ZoneInfo,
    settings: Settings,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Flask:
    """The dashboard over `lake`, which is at `where`; nothing on it comes from another host."""
    app = Flask(__name__)
    app.config["TRUSTED_HOSTS"] = list(LOOPBACK)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    reader = Reader(lake, zone, settings.keep_seconds, lambda: now().timestamp())

    @app.after_request
    def restrict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @app.get("/")
    def home() -> AnyResponse:
        return redirect(url_for("page", name="sales"))

    @app.get("/<name>")
    def page(name: str) -> str:
        try:
            choices, problem = reader.choices(), ""
        except Unanswered as error:
            choices, problem = {}, str(error)
        return render_template(
            "page.html",
            page=PAGES.get(name) or abort(404),
            pages=PAGES.values(),
            choices=choices,
            chosen=request.args,
            problem=problem,
            where=where,
            zone=zone.key,
            refresh_seconds=settings.refresh_seconds,
        )

    @app.get("/panels/<name>")
    def panel(name: str) -> dict[str, object]:
        shown = reader.show(PANELS.get(name) or abort(404), read_filters(request.args, _today()))
        return {
            "units": shown.units,
            "answer": render_template("answer.html", shown=shown),
            "numbers": render_template("numbers.html", shown=shown) if shown.figure else "",
            "figure": shown.figure,
            "facts": shown.facts,
        }

    @app.get("/panels/<name>.csv")
    def rows(name: str) -> Response:
        chosen = PANELS.get(name) or abort(404)
        columns, found = reader.rows(chosen, read_filters(request.args, _today()))
        return Response(
            _csv(columns, found),
            mimetype="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )

    @app.get("/plotly.js")
    def plotly_script() -> Response:
        text = plotly.offline.get_plotlyjs()
        return Response(text, mimetype="text/javascript", headers={"Cache-Control": "max-age=86400"})

    @app.errorhandler(Unanswered)
    def unanswered(error: Unanswered) -> tuple[dict[str, str], int]:
        return {"problem": str(error)}, 503

    @app.errorhandler(WrongFilter)
    def wrong_filter(error: WrongFilter) -> tuple[dict[str, str], int]:
        return {"problem": str(error)}, 400

    def _today() -> date:
        return now().astimezone(zone).date()

    return app


def _csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
