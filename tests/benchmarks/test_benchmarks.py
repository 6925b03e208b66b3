"""The benchmarks run on a small town, and everybody answers the same: else their times would mean nothing."""

from __future__ import annotations

import math
from contextlib import contextmanager

import pytest

from benchmarks import __main__ as command
from benchmarks import cluster, growth, overlap, plot, report, whole
from benchmarks.answers import Answer, LayerAnswer, compare
from benchmarks.lab import Effort, Lab
from benchmarks.ours import NAME, REST, STEPS
from benchmarks.places import HOUSING, SIZES, Size, places
from benchmarks.steps import shares
from benchmarks.timing import Contestant, Series, Spread, in_turns, ratios
from spatialhub.precedence.model import Verdict
from spatialhub.spatial.model import Site, SitePart
from tests import shapes
from tests.benchmarks.town import SIDE_M, a_town

SMALL = (Size("0.1 ha", 1e3), Size("1 ha", 1e4), Size("10 ha", 1e5))
EFFORT = Effort(SMALL, repeats=4, budget_s=30)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return a_town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def town_in_postgis(town):
    reason = cluster.why_not()
    if reason:
        pytest.skip(f"needs postgis: {reason}")
    with cluster.cluster() as connection:
        cluster.load(connection, town)
        yield connection


def on(outline) -> Site:
    return Site("place", (SitePart(1, outline, use=HOUSING),), shapes.EPSG)


# Everything at once; the edge of the town, so that layers end inside the site; inside one parcel.
ODD_SITES = (
    on(shapes.square(SIDE_M - 2, 1, 1)),
    on(shapes.rectangle(300, 120, -50, 600)),
    on(shapes.square(8, 20, 20)),
    on(shapes.star(30, 260, 200, 500, 500)),
)


def refusals(peers, ours, sites) -> list[str]:
    """What a peer answers beyond the bound."""
    found = []
    for site in sites:
        mine = ours.answer(ours.step(site))
        assert mine.site_m2 == pytest.approx(site.parts[0].geometry.area, rel=1e-6)
        found += [
            f"{peer.name} {wrong}" for peer in peers if (wrong := compare(mine, peer.answer(peer.call(site))).broken)
        ]
    return found


def all_sites(town) -> list[Site]:
    return [*ODD_SITES, *(site for size in SMALL for site in places(size, 3, town.coverage, town.epsg))]


def test_peers_in_memory_find_the_areas_we_find(town):
    lab = Lab(town, EFFORT, without="not asked here")
    assert [peer.name for peer in overlap.peers(lab)] == ["geopandas.overlay", "STRtree in memory"]
    assert refusals(overlap.peers(lab), lab.ours, all_sites(town)) == []


@pytest.mark.postgis
def test_peers_in_postgis_find_the_areas_we_find(town, town_in_postgis):
    lab = Lab(town, EFFORT, memory_peers=False, connection=town_in_postgis)
    assert [peer.name for peer in overlap.peers(lab)] == ["PostGIS tuned", "PostGIS plain", "query + per feature"]
    assert refusals(overlap.peers(lab), lab.ours, all_sites(town)) == []


@pytest.mark.postgis
def test_the_city_is_streamed_whole_and_double_covers_are_known(town, town_in_postgis):
    (features, parts), *_ = town_in_postgis.execute(
        "SELECT (SELECT count(*) FROM feature), (SELECT count(*) FROM part)"
    ).fetchall()
    assert features == town.features
    assert parts > features  # the shore is cut
    doubled = town_in_postgis.execute("SELECT DISTINCT layer FROM part WHERE doubled").fetchall()
    assert [town.loaded[layer].entry.key for (layer,) in doubled] == ["line_red"]


@pytest.mark.postgis
def test_the_check_written_as_sql_gives_our_verdict_statuses_and_areas(town, town_in_postgis):
    lab = Lab(town, EFFORT, connection=town_in_postgis)
    tables = whole.run(lab)
    assert f"was ours at {len(SMALL) * EFFORT.repeats} of {len(SMALL) * EFFORT.repeats} places" in tables[0].below
    from benchmarks.whole_sql import WholeSql, answer_of, disagreement

    town_in_postgis.execute("DROP TABLE layer_rule, coverage, class_rule, effect, answer, rule, verdict_rule, duty,"
                            " consulted, subject")  # fmt: skip
    sql = WholeSql(town_in_postgis, town)
    verdicts = set()
    for site in all_sites(town):
        result = lab.ours.check(site)
        outline = site.parts[0].geometry
        wrong = disagreement(
            answer_of(result), sql.answer(sql.call(site)),
            site_m2=outline.area, boundary_m=sum(row.geometry.length for row in result.fragments), grid_m=1e-5,
        )  # fmt: skip
        assert not wrong, f"{site.name}: {wrong}"
        verdicts.add(result.proposal.verdict)
    assert len(verdicts) > 1
    assert Verdict.DOES_NOT_CONFORM in verdicts


def test_a_peer_that_is_wrong_is_told_and_its_time_does_not_count(town):
    lab = Lab(town, EFFORT)
    (site,) = places(SMALL[1], 1, town.coverage, town.epsg)

    def wrong(answer: Answer) -> Answer:
        layer = answer.layers["survey"]
        return Answer({**answer.layers, "survey": LayerAnswer(layer.union_m2 + 0.1, layer.features)})

    judge = overlap.Judge(lab, {"liar": lambda found: wrong(lab.ours.answer(found))})
    players = [Contestant(NAME, lab.ours.step, measure=True), Contestant("liar", lab.ours.step)]
    series = in_turns(players, [site], judge=judge)
    assert math.isnan(series.ms["liar"][0])
    assert "survey union" in series.notes["liar"].pop()
    assert series.count(NAME) == 1


def test_the_bound_is_a_share_of_the_site_or_grid_times_boundary():
    ours = Answer({"a": LayerAnswer(10.0, {"f": 10.0})}, site_m2=1_000.0, grid_m=1e-5)
    off = 5e-3
    near = Answer({"a": LayerAnswer(10 + off, {"f": 10 + off}, boundary_m=1_000.0)})
    far = Answer({"a": LayerAnswer(10 + off, {"f": 10 + off}, boundary_m=100.0)})
    assert not compare(ours, near).broken
    assert compare(ours, far).broken.startswith("a union")
    assert compare(ours, Answer({})).broken.startswith("a union")
    assert compare(ours, near).largest == pytest.approx(off / 1_000)


def test_who_is_slow_sits_out_but_never_the_measure(town):
    sites = places(SMALL[0], 6, town.coverage, town.epsg)
    calls = {"measure": 0, "slow": 0}

    def answer(name):
        def call(site):
            calls[name] += 1

        return call

    players = [Contestant("measure", answer("measure"), measure=True), Contestant("slow", answer("slow"))]
    series = in_turns(players, sites, budget_s=0.0)
    assert calls == {"measure": 12, "slow": 6}
    assert (series.count("measure"), series.count("slow")) == (6, 3)


def test_ratios_are_taken_place_by_place():
    series = Series({"ours": [1.0, 10.0, math.nan], "peer": [2.0, 40.0, 9.0]})
    assert ratios(series, "peer", "ours") == Spread(3.0, 2.5, 3.5, 2)
    assert report.times(ratios(series, "peer", "ours"), 3) == "x 3.00 (2.50-3.50, n=2)"
    assert report.ms(Spread.of([])) == "-"


def test_shares_of_the_steps_add_up_and_name_what_is_gone(town):
    lab = Lab(town, EFFORT)
    (site,) = places(SMALL[1], 1, town.coverage, town.epsg)
    found = shares([lambda: lab.ours.check(site)], STEPS, closed=(), rest=REST)
    assert sum(found.values()) == pytest.approx(1)
    assert all(value > 0 for value in found.values())
    with pytest.raises(AttributeError):
        shares([lambda: None], {"gone": (("spatialhub.check", "no_such_function"),)}, closed=(), rest=REST)


def test_places_lie_inside_and_are_the_same_in_every_run(town):
    assert [size.name for size in SIZES] == ["0.1 ha", "1 ha", "10 ha", "1 km²", "20 km²", "50 km corridor"]
    for size in SMALL:
        sites = places(size, 3, town.coverage, town.epsg)
        assert sites == places(size, 3, town.coverage, town.epsg)
        assert all(town.coverage.covers(site.parts[0].geometry) for site in sites)
        assert [site.parts[0].geometry.area for site in sites] == pytest.approx([size.area_m2] * 3, rel=1e-3)


def test_growth_needs_another_city_and_compares_the_same_places(town, tmp_path):
    effort = Effort(SMALL[:1], repeats=2)
    with pytest.raises(SystemExit, match="--grow"):
        growth.run(Lab(town, effort))
    tables = growth.run(Lab(town, effort, others=(a_town(tmp_path, parcels_a_side=20),)))
    assert [table.head[-1] for table in tables] == ["400 / 144", "400 / 144"]
    assert tables[0].rows[0][-1].startswith("x ")


def test_a_section_run_anew_replaces_its_own_block_only(tmp_path):
    path = tmp_path / "RESULTS.md"
    table = report.Table(("a", "b"), (("1", "2"),))
    old = {name: report.section(name, name.title(), [table], run="first") for name in ("overlap", "whole")}
    report.merge(path, old, ("overlap", "whole"))
    report.merge(path, {"overlap": report.section("overlap", "Overlap", [table], run="second")}, ("overlap", "whole"))
    text = path.read_text("utf-8")
    assert text.count("_second_") == text.count("_first_") == 1
    assert text.index("## Overlap") < text.index("## Whole")


def test_the_command_writes_results_and_picture(town, tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib", reason="needs matplotlib: pip install -e .[dev]")

    @contextmanager
    def small(home, effort, *, others, sql, memory_peers):
        yield Lab(town, effort, memory_peers=memory_peers)

    monkeypatch.setattr(command, "opened", small)
    results = tmp_path / "RESULTS.md"
    command.main(
        ["--home", "town", "--no-postgis", "--only", "overlap,whole", "--sizes", "0.1ha,1ha", "--repeats", "2",
         "--write", "--results", str(results)]
    )  # fmt: skip
    text = results.read_text("utf-8")
    assert "PostGIS did not take part: left out" in text
    assert "| 1 ha |" in text
    assert "144 parcels" in text
    assert (tmp_path / command.PICTURE).stat().st_size > 5_000
    assert capsys.readouterr().out.startswith("<!-- section overlap -->")


def test_without_matplotlib_the_command_says_so(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    assert "matplotlib is not installed" in plot.draw({}, tmp_path / "x.png", subtitle="")


def test_an_unknown_section_or_size_is_refused_by_name(capsys):
    for option in (["--only", "overlap,speed"], ["--sizes", "1ha,3ha"]):
        with pytest.raises(SystemExit):
            command.main(["--home", "x", *option])
    said = capsys.readouterr().err
    assert "speed: none of overlap" in said
    assert "3ha: none of 0.1ha" in said
