"""Pages and API through Flask's client: who may ask, what is answered, what every answer carries."""

import io
import json
import time
from urllib.parse import quote

import pytest

from spatialhub import errors
from tests.webmap.conftest import HOSTILE, boundary_points, rectangle
from webmap.errors import STATUS, status_of

SITE = rectangle(0, 0, 200, 100)
ROUTES = {
    ("/", "GET"), ("/map", "GET"), ("/layers", "GET"), ("/catalogue", "GET"), ("/check", "POST"),
    ("/check/<job_id>", "GET"),
    ("/results/<key>", "GET"), ("/results/<key>/<name>", "GET"), ("/palette.css", "GET"), ("/palette.json", "GET"),
    ("/api/v1/check", "POST"), ("/api/v1/layers", "GET"), ("/api/v1/layers/<key>/features", "GET"),
    ("/static/<path:filename>", "GET"), ("/inspect", "POST"), ("/api/v1/inspect", "POST"),
}  # fmt: skip


def asked(**fields):
    return {"way": "file", "file": (io.BytesIO(boundary_points(SITE)), "试验.txt"), **fields}


def followed(client, response, seconds=30):
    """Follow a check to its end, as htmx does."""
    until = time.monotonic() + seconds
    text = response.get_data(as_text=True)
    while 'class="progressing"' in text and time.monotonic() < until:
        time.sleep(0.1)
        response = client.get(text.split('hx-get="')[1].split('"')[0])
        text = response.get_data(as_text=True)
    return response


def test_every_route_is_known(app):
    found = {(rule.rule, method) for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert found == ROUTES


def test_the_catalogue_page_shows_every_layer_and_unit(app, client):
    space = app.extensions["space"]
    html = client.get("/catalogue").get_data(as_text=True)
    for key, entry in space.catalogue.entries.items():
        assert f'id="{key}"' in html and entry.title_zh in html
    for expected in ("建筑高度超过限高", "凭记忆", "附件·二（一）", "必查", "郑州市热力总公司", "一律函询", "中原区"):
        assert expected in html
    assert "<script>" not in html and " style=" not in html


def test_the_workbench_has_no_inline_script_or_style_and_a_strict_policy(client):
    response = client.get("/map")
    html = response.get_data(as_text=True)
    assert response.status_code == 200 and '<html lang="zh-CN">' in html
    assert "<script>" not in html and " style=" not in html and " onclick" not in html
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy and "default-src 'none'" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_another_host_name_is_refused(client):
    assert client.get("/map", headers={"Host": "evil.example:8321"}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"},
     {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9"}],
)  # fmt: skip
def test_a_form_of_another_site_is_refused(client, headers):
    response = client.post("/api/v1/check", json={"wkt": SITE.wkt, "crs": 4547}, headers=headers)
    assert response.status_code == 403 and response.get_json()["code"] == "web_origin"


def test_an_uploaded_boundary_table_is_checked_and_the_farmland_found(client):
    response = followed(client, client.post("/check", data=asked(use="0701")))
    html = response.get_data(as_text=True)
    assert response.status_code == 200 and "结论建议：" in html
    assert "永久基本农田" in html and "2,499.9" in html
    assert "未检查的内容" in html and "城乡总体规划" in html
    assert response.headers["HX-Push-Url"].startswith("/results/")


def test_a_result_can_be_opened_again_and_its_files_downloaded(client):
    response = followed(client, client.post("/check", data=asked(use="0701")))
    key = response.headers["HX-Push-Url"].rsplit("/", 1)[1]
    assert "永久基本农田" in client.get(f"/results/{key}").get_data(as_text=True)
    document = client.get(f"/results/{key}/check.json").get_json()
    assert document["site"]["area_m2"] == pytest.approx(20_000, rel=1e-3)
    folium = client.get(f"/results/{key}/map.html")
    assert folium.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox allow-scripts" in folium.headers["Content-Security-Policy"]
    assert client.get(f"/results/{key}/check.geojson").get_json()["type"] == "FeatureCollection"


@pytest.mark.parametrize(
    ("name", "starts", "offered"),
    [("report.docx", b"PK", "合规性审查报告.docx"), ("report.pdf", b"%PDF-", "合规性审查报告.pdf"),
     ("report.xlsx", b"PK", "合规性审查附表.xlsx"), ("report.gpkg", b"SQLite format 3", "合规性审查图形.gpkg")],
)  # fmt: skip
def test_the_papers_of_a_result_are_made_when_asked_for_and_kept(client, app, name, starts, offered):
    response = followed(client, client.post("/check", data=asked(use="0701")))
    key = response.headers["HX-Push-Url"].rsplit("/", 1)[1]
    assert f'href="/results/{key}/{name}"' in response.get_data(as_text=True)
    first = client.get(f"/results/{key}/{name}")
    assert first.status_code == 200 and first.data.startswith(starts)
    assert quote(offered) in first.headers["Content-Disposition"]
    assert app.extensions["results"].path(key, name).read_bytes() == first.data
    assert client.get(f"/results/{key}/{name}").data == first.data


def test_no_paper_is_made_of_a_result_that_is_not_there(client):
    assert client.get(f"/results/{'0' * 32}/report.pdf").status_code == 404
    assert client.get("/results/..%2f..%2fx/report.pdf").status_code == 404


@pytest.mark.parametrize("key", ["0" * 32, "..", "%2e%2e%2fregistry.db", "x"])
def test_an_unknown_result_is_404(client, key):
    assert client.get(f"/results/{key}/check.json").status_code == 404


def test_a_file_without_a_coordinate_system_is_asked_about(client):
    points = [[E, N] for E, N in SITE.exterior.coords]
    body = json.dumps({"type": "Polygon", "coordinates": [points]}).encode()
    response = followed(client, client.post("/check", data={"way": "file", "file": (io.BytesIO(body), "a.geojson")}))
    html = response.get_data(as_text=True)
    assert response.status_code == 422 and 'data-asks="crs_missing"' in html
    assert 'role="alert"' in html and "怎么办" in html


def test_a_form_without_a_site_says_what_to_do(client):
    response = client.post("/check", data={"way": "file"}, headers={"HX-Request": "true"})
    assert response.status_code == 400 and "请上传文件" in response.get_data(as_text=True)


def test_too_large_an_upload_is_refused_before_it_is_read(client, app):
    too_much = app.config["MAX_CONTENT_LENGTH"] + 1
    upload = {"way": "file", "file": (io.BytesIO(bytes(too_much)), "a.txt")}
    response = client.post("/check", data=upload, headers={"HX-Request": "true"})
    assert response.status_code == 413 and "64 MiB" in response.get_data(as_text=True)


def test_the_api_answers_with_the_published_result(client):
    response = client.post("/api/v1/check", json={"wkt": SITE.wkt, "crs": "EPSG:4547", "use": "0701"})
    assert response.status_code == 200
    hit = next(row for row in response.get_json()["layers"] if row["key"] == "farmland_pbf")
    assert hit["status"] == "hit" and hit["area_m2"] == pytest.approx(2_500, rel=1e-3)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"wkt": SITE.wkt}, 422, "crs_missing"),
        ({"wkt": SITE.wkt, "crs": 4547, "use": "9999"}, 422, "use_unknown"),
        ({"wkt": SITE.wkt, "crs": 2437}, 422, "crs_refused"),
        ({"wkt": "POLYGON((0 0", "crs": 4547}, 422, "file_broken"),
        ({}, 400, "nothing_given"),
        ([], 400, "option"),
    ],
)
def test_the_api_refuses_with_problem_details(client, body, status, code):
    response = client.post("/api/v1/check", json=body)
    assert (response.status_code, response.get_json()["code"]) == (status, code)
    assert response.content_type == "application/problem+json" and response.get_json()["detail"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"geojson": {"type": "Polygon", "coordinates": [[[NaN, 1], [2, 3], [4, 5], [NaN, 1]]]}}', "file_unsafe"),
        ('{"geojson": ' + "[" * 100_000 + "]" * 100_000 + "}", "file_unsafe"),
        ('{"wkt": "POLYGON((0 0,1 0,1 1,0 0))", "name": "\\ud800"}', "file_broken"),
        ('{"wkt": ', "file_broken"),
        ('{"wkt": "POLYGON((0 0,1 0,1 1,0 0))", "name": "' + "A" * 201 + '"}', "option"),
    ],
)
def test_the_api_refuses_a_body_that_no_sender_should_write(client, body, code):
    response = client.post("/api/v1/check", data=body, content_type="application/json")
    assert (response.status_code // 100, response.get_json()["code"]) == (4, code)


def test_a_page_that_is_none_says_so_in_words(client):
    response = client.get("/nothing")
    assert response.status_code == 404 and "没有这个页面" in response.get_data(as_text=True)


def test_layers_without_a_version_are_said_to_be_unchecked(client):
    html = client.get("/layers").get_data(as_text=True)
    assert "城市道路红线" in html and "4 个有现行版本" in html and "未检查" in html
    rows = {row["key"]: row for row in client.get("/api/v1/layers").get_json()["layers"]}
    assert rows["farmland_pbf"]["version"] == 1 and rows["line_blue"]["reason"] == "layer_no_version"


def test_features_of_a_layer_come_cut_to_the_box(client):
    answer = client.get("/api/v1/layers/line_red/features?bbox=113.64,34.74,113.66,34.76").get_json()
    assert [row["properties"]["name"] for row in answer["features"]] == [f"演练路{HOSTILE}"]
    assert client.get("/api/v1/layers/line_red/features?bbox=0,0,1,1").get_json()["features"] == []
    world = client.get("/api/v1/layers/line_red/features?bbox=-180,-90,180,90").get_json()
    assert len(world["features"]) == 1


@pytest.mark.parametrize("box", ["", "1,2,3", "a,b,c,d", "nan,0,1,1", "3,0,1,1", "0,0,1e999,1"])
def test_a_box_that_is_none_is_refused(client, box):
    assert client.get(f"/api/v1/layers/line_red/features?bbox={box}").status_code == 400


def test_an_unknown_layer_is_404(client):
    response = client.get("/api/v1/layers/nothing/features?bbox=0,0,1,1")
    assert response.status_code == 404 and response.get_json()["code"] == "layer_unknown"


def test_every_refusal_has_a_status_and_the_special_stands_before_the_general():
    kinds = [kind for kind, _ in STATUS]
    for place, kind in enumerate(kinds):
        assert not any(issubclass(kind, earlier) for earlier in kinds[:place]), kind
    assert status_of(errors.CrsMissing("x")) == 422 and status_of(errors.TooLarge("x")) == 413


def looked_at(client, content, name="试验.txt", path="/inspect", **fields):
    return client.post(path, data={"way": "file", "file": (io.BytesIO(content), name), **fields})


def test_a_file_is_looked_at_before_anything_is_kept(client, home):
    before = sorted(path for path in (home / "results").rglob("*")) if (home / "results").exists() else []
    response = looked_at(client, boundary_points(SITE))
    html = response.get_data(as_text=True)
    assert response.status_code == 200
    assert "可以检查" in html and "界址点 TXT" in html and "gb18030" in html and "EPSG:4526" in html
    assert "采用文件所写的用途：0701 城镇住宅用地" in html
    shapes = json.loads(html.split('data-shapes="')[1].split('"')[0].replace("&#34;", '"'))
    assert [row["properties"]["role"] for row in shapes["features"]] == ["part"]
    after = sorted(path for path in (home / "results").rglob("*")) if (home / "results").exists() else []
    assert after == before


def test_remedies_are_offered_and_taken_by_name(client):
    content = boundary_points(SITE).replace("带号=38".encode("gb18030"), "带号=37".encode("gb18030"))
    said = looked_at(client, content, path="/api/v1/inspect").get_json()
    assert said["readable"] is False and said["refusal"]["code"] == "crs_conflict"
    assert said["remedies"][0]["options"] == [["accept", "read-as=EPSG:4526"]]
    again = looked_at(client, content, path="/api/v1/inspect", accept="read-as=EPSG:4526;use").get_json()
    assert again["readable"] is True and again["parts"][0]["use"] == "0701"
    checked = followed(client, client.post("/check", data={
        "way": "file", "file": (io.BytesIO(content), "试验.txt"), "accept": "read-as=EPSG:4526;use"}))  # fmt: skip
    html = checked.get_data(as_text=True)
    assert "结论建议：" in html and "按提交者的确认读作 EPSG:4526" in html and "提交者已确认" in html


def test_a_remedy_that_does_not_exist_is_refused(client):
    response = looked_at(client, boundary_points(SITE), path="/api/v1/inspect", accept="guess")
    assert response.status_code == 400 and response.get_json()["code"] == "option"


def test_looking_at_nothing_is_refused_in_words(client):
    response = client.post("/inspect", data={"way": "file"}, headers={"HX-Request": "true"})
    assert response.status_code == 400 and "还没有给出用地红线" in response.get_data(as_text=True)


def test_names_in_a_looked_at_file_never_become_markup(client):
    html = looked_at(client, boundary_points(SITE, name=HOSTILE.replace(",", "")), name=f"{HOSTILE}.txt").get_data(
        as_text=True
    )
    assert "<img" not in html and "49" not in html.split("data-shapes")[0]


def test_only_so_many_wait_for_an_answer_and_pages_are_answered_meanwhile(client):
    from webmap import runner

    taken = [runner._askers.acquire(blocking=False) for _ in range(runner.MOST_ASKERS)]
    try:
        assert all(taken)
        for path in ("/api/v1/inspect", "/api/v1/check"):
            response = looked_at(client, boundary_points(SITE), path=path)
            assert response.status_code == 503 and response.get_json()["code"] == "busy"
            assert int(response.headers["Retry-After"]) > 0
        assert client.get("/map").status_code == 200
    finally:
        for _ in taken:
            runner._askers.release()
