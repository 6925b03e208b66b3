"""Recognising a coordinate system written as text (.prj, GeoPackage): by its numbers, never by its name."""

from __future__ import annotations

from spatialhub.errors import CrsRefused
from spatialhub.messages import Words
from spatialhub.spatial.crs import GEOGRAPHIC, WGS84

_CGCS2000 = ("china_2000", "china_geodetic_coordinate_system_2000", "cgcs2000", "china_2000_datum")
_WGS84 = ("wgs_1984", "world_geodetic_system_1984", "wgs84", "world_geodetic_system_1984_ensemble")
_GAUSS_KRUEGER = ("transverse mercator", "gauss_kruger", "gauss kruger", "gauss-kruger", "transverse_mercator")
_LONGEST_TEXT = 20_000


def recognise(text: str, place: str) -> int | None:
    """Return the EPSG code of a CRS text (`EPSG:n`, WKT1, WKT2 or ESRI WKT); None where the text says "undefined".

    Raises
    ------
    CrsRefused
        Another datum, a local grid, or a text that cannot be read.
    """
    text = text.strip().lstrip("\ufeff")
    if not text or "undefined" in text[:80].lower():
        return None
    if len(text) > _LONGEST_TEXT:
        raise CrsRefused(place, name=text[:40] + "…", why=Words.of("crs_is_unreadable"))
    if text.upper().startswith("EPSG:") and text[5:].isdigit():
        return int(text[5:])
    return _by_numbers(text, place)


def _by_numbers(text: str, place: str) -> int:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if not text.lstrip().upper().startswith(("PROJC", "GEOGC", "GEODC", "COMPD", "BOUND")):
        raise CrsRefused(place, name=text[:60], why=Words.of("crs_is_unreadable"))
    try:
        crs = CRS.from_wkt(text)
    except CRSError:
        raise CrsRefused(place, name=text[:60], why=Words.of("crs_is_unreadable")) from None
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    if crs.is_bound:
        raise CrsRefused(place, name=crs.name, why=Words.of("crs_is_bound"))
    found = _geographic(crs) if crs.is_geographic else _plane(crs)
    if found is None:
        raise CrsRefused(place, name=crs.name, why=_why(crs))
    return found


def _why(crs) -> Words:
    name = _datum(crs)
    if "xian" in name or "1980" in name:
        return Words.of("crs_is_xian80")
    if "beijing" in name or "1954" in name:
        return Words.of("crs_is_beijing54")
    if "mercator" in crs.name.lower() and "transverse" not in crs.name.lower():
        return Words.of("crs_is_web_mercator")
    return Words.of("crs_is_local") if name in _CGCS2000 else Words.of("crs_is_unknown")


def _datum(crs) -> str:
    if crs.geodetic_crs is None or crs.geodetic_crs.datum is None:
        return ""
    name = crs.geodetic_crs.datum.name.lower().strip().replace(" ", "_")
    return name.removeprefix("d_")


def _geographic(crs) -> int | None:
    degrees = all(abs(axis.unit_conversion_factor - 0.017453292519943295) < 1e-12 for axis in crs.axis_info)
    if not degrees or crs.prime_meridian is None or crs.prime_meridian.longitude != 0 or crs.ellipsoid is None:
        return None
    if _datum(crs) in _CGCS2000 and abs(crs.ellipsoid.inverse_flattening - 298.257222101) < 1e-6:
        return GEOGRAPHIC
    if _datum(crs) in _WGS84 and abs(crs.ellipsoid.inverse_flattening - 298.257223563) < 1e-6:
        return WGS84
    return None


def _plane(crs) -> int | None:
    if not crs.is_projected or crs.coordinate_operation is None:
        return None
    base = _geographic(crs.geodetic_crs)
    if crs.coordinate_operation.method_name.lower() not in _GAUSS_KRUEGER or base is None:
        return None
    values = {row.name.lower(): row.value for row in crs.coordinate_operation.params}
    metres = all(abs(axis.unit_conversion_factor - 1) < 1e-12 for axis in crs.axis_info)
    meridian = values.get("longitude of natural origin")
    easting = values.get("false easting", 0.0)
    scale = values.get("scale factor at natural origin", 1.0)
    if not metres or meridian is None or values.get("false northing") or values.get("latitude of natural origin"):
        return None
    if base == WGS84:
        return _utm(meridian, easting, scale)
    return gauss_krueger(meridian, easting) if scale == 1.0 else None


def _utm(meridian: float, easting: float, scale: float) -> int | None:
    zone = (meridian + 183) / 6
    if scale != 0.9996 or easting != 500_000 or zone != int(zone) or not 43 <= zone <= 53:
        return None
    return 32600 + int(zone)


def gauss_krueger(meridian_deg: float, false_easting_m: float) -> int | None:
    """Return the CGCS2000 plane with this meridian and false easting; None where there is none.

    A meridian that serves a 3° and a 6° zone without prefix is the same projection: the 3° code is returned.
    """
    prefix, rest = divmod(false_easting_m - 500_000, 1e6)
    if rest or meridian_deg != int(meridian_deg) or meridian_deg % 3 or not 75 <= meridian_deg <= 135:
        return None
    three, six = int(meridian_deg // 3), (meridian_deg + 3) / 6
    if prefix == 0:
        return 4509 + three
    if prefix == three:
        return 4488 + three
    return 4478 + int(six) if prefix == six and 13 <= six <= 23 else None
