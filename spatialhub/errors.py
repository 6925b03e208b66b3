"""The family of refusals. A class per failure; its docstring is the sentence.

An error carries a `code` (the key of its words in `messages/`), the `place` it happened at and the values its
words need. It knows no HTTP status and no language: `spatialhub.messages.explain` renders it, the web front maps
classes to statuses in one table.
"""

from __future__ import annotations

from collections.abc import Mapping


class SpatialHubError(Exception):
    """The platform refuses something that its user can put right."""

    code = "refused"

    def __init__(self, place: str = "", **params: object) -> None:
        self.place = place
        self.params: Mapping[str, object] = params
        super().__init__(place, params)

    def __str__(self) -> str:
        values = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} at {self.place or 'input'}" + (f" ({values})" if values else "")

    def __reduce__(self):
        return _rebuild, (type(self), self.place, dict(self.params))


def _rebuild(cls: type[SpatialHubError], place: str, params: dict[str, object]) -> SpatialHubError:
    return cls(place, **params)


class DataFileError(SpatialHubError):
    """A file of rules (catalogue, classes, city) says something that the schema does not know."""

    code = "data_file"


class UnknownKey(DataFileError):
    """A key in a data file is unknown; `nearest` names the most similar known one."""

    code = "data_file_unknown_key"


class MissingKey(DataFileError):
    """A key that the schema requires is absent."""

    code = "data_file_missing_key"


class WrongValue(DataFileError):
    """A key of a data file holds a value of the wrong type or outside the allowed ones."""

    code = "data_file_wrong_value"


class UnknownSchema(DataFileError):
    """A data file does not begin with a schema number that this program reads."""

    code = "data_file_schema"


class NotToml(DataFileError):
    """A data file is no TOML."""

    code = "data_file_not_toml"


class MissingDataFile(DataFileError):
    """A file of rules that must be there is not."""

    code = "data_file_missing"


class UnknownReference(DataFileError):
    """A data file names a layer, use, class list or department that does not exist."""

    code = "data_file_reference"


class UnknownCity(SpatialHubError):
    """There is no such city folder."""

    code = "city_unknown"


class UnknownUse(SpatialHubError):
    """The use is no code of the national classification."""

    code = "use_unknown"


class CrsError(SpatialHubError):
    """Coordinates cannot be brought into the city's plane."""

    code = "crs"


class CrsMissing(CrsError):
    """The file says no coordinate system; `looks_like` says what its numbers look like."""

    code = "crs_missing"


class CrsRefused(CrsError):
    """The coordinate system is none that can be brought to CGCS2000 with known accuracy."""

    code = "crs_refused"


class CrsConflict(CrsError):
    """The coordinate system named contradicts what the file says or what its numbers can be."""

    code = "crs_conflict"


class OutsideFrame(CrsError):
    """The site lies wholly outside the city's frame; `cause` names the likely mistake."""

    code = "outside_frame"


class IntakeError(SpatialHubError):
    """A file handed in cannot be taken."""

    code = "intake"


class UnknownFormat(IntakeError):
    """The file is of no format that is read."""

    code = "format_unknown"


class BrokenFile(IntakeError):
    """The file cannot be read at the place named."""

    code = "file_broken"


class UnsafeFile(IntakeError):
    """The file asks for something that a file of geometry never needs."""

    code = "file_unsafe"


class TooLarge(IntakeError):
    """The file exceeds a limit; `limit` and `found` say which."""

    code = "file_too_large"


class NoArea(IntakeError):
    """The file holds no area: nothing that could be a site or a planning feature."""

    code = "no_area"


class ChoiceNeeded(IntakeError):
    """The file leaves something open that is never guessed; `choices` lists what there is."""

    code = "choice_needed"


class ContainmentMissing(IntakeError):
    """The machine lacks what keeps foreign files contained."""

    code = "containment_missing"


class InvalidGeometry(SpatialHubError):
    """A geometry cannot be used nor repaired."""

    code = "geometry_invalid"


class SnapshotError(SpatialHubError):
    """A snapshot cannot be opened."""

    code = "snapshot"


class SnapshotFormat(SnapshotError):
    """A snapshot has a format this program does not read: `spatialhub layers rebuild` writes it anew."""

    code = "snapshot_format"


class SnapshotDamaged(SnapshotError):
    """A snapshot's content does not match its manifest."""

    code = "snapshot_damaged"


class LayerError(SpatialHubError):
    """A layer or a version of it cannot be used as asked."""

    code = "layer"


class UnknownLayer(LayerError):
    """No catalogue entry has this key."""

    code = "layer_unknown"


class UnknownVersion(LayerError):
    """The layer has no such version."""

    code = "layer_version_unknown"


class MoveNotAllowed(LayerError):
    """A version cannot go from the status it has to the one asked for."""

    code = "layer_move"


class QualityBlocks(LayerError):
    """A version has blocking quality findings that its steward has not accepted."""

    code = "quality_blocks"


class QualityUnknown(LayerError):
    """The quality report of a version has no such rule or finding, or there is no report."""

    code = "quality_unknown"


class DatabaseUnusable(SpatialHubError):
    """The database cannot be reached, or lacks PostGIS."""

    code = "database"


class DatesOverlap(LayerError):
    """The days a version is to be in force run into those of another version."""

    code = "layer_dates_overlap"


class DatesBackwards(DatesOverlap):
    """The last day a version is to be in force lies before the first."""

    code = "layer_dates_backwards"


class CannotRebuild(LayerError):
    """A snapshot cannot be written anew so that it says the same as the version's registry row."""

    code = "layer_rebuild"


class SomeNotRebuilt(LayerError):
    """Of all versions some could not be rebuilt; the others were, or were sound."""

    code = "layer_rebuild_some"


class CheckError(SpatialHubError):
    """A site cannot be checked."""

    code = "check"


class TooComplex(CheckError):
    """The overlay is too complex to be computed in the time or on the grid that is left."""

    code = "too_complex"


class WorkerDied(CheckError):
    """The process that checked a site died over it again and again: for want of memory, or killed from outside."""

    code = "worker_died"


class CheckFault(CheckError):
    """The program failed over one site of many; its trace is kept with the site's row."""

    code = "check_fault"


class BatchError(SpatialHubError):
    """A batch of sites cannot be run as asked."""

    code = "batch"


class NoSites(BatchError):
    """The file or folder holds nothing that could be a site."""

    code = "batch_no_sites"


class BatchChanged(BatchError):
    """A batch cannot be resumed: what it was begun with is no longer what is asked; `changed` names what."""

    code = "batch_changed"


class BatchDamaged(BatchError):
    """The journal of a batch does not say what was written into it."""

    code = "batch_damaged"


class BatchRunning(BatchError):
    """Another process is running this batch."""

    code = "batch_running"


class ClusterUnusable(BatchError):
    """The Dask cluster cannot be reached, or has no workers."""

    code = "cluster_unusable"


class OptionError(SpatialHubError):
    """An option of a command or form has a value that cannot be used."""

    code = "option"


class OutputError(SpatialHubError):
    """A file that was asked for cannot be written."""

    code = "output"


class HomeUnusable(SpatialHubError):
    """The folder that holds everything cannot be made or written to."""

    code = "home_unusable"


class FrontEndError(SpatialHubError):
    """A page or map cannot be built."""

    code = "front_end"


class FrontEndMissing(FrontEndError):
    """Scripts and styles that are fetched at set-up are not there."""

    code = "front_end_missing"


class UnknownMapPart(FrontEndError):
    """The map library asks for a part that is not provided: it would ask an outside host."""

    code = "map_part_unknown"


class ReportError(SpatialHubError):
    """A report cannot be made or verified."""

    code = "report"


class FontMissing(ReportError):
    """There is no font with Chinese letters to set a paper in."""

    code = "font_missing"


class NotAResult(ReportError):
    """The file neither is nor carries a check result."""

    code = "not_a_result"


class TemplateError(ReportError):
    """A template cannot be filled; `reason` says what it asks for that is not there."""

    code = "template"


class WebError(SpatialHubError):
    """The web front cannot answer."""

    code = "web"


class OtherHost(WebError):
    """The request names a host that this server is not."""

    code = "web_host"


class OtherOrigin(WebError):
    """The request comes from a page of another site."""

    code = "web_origin"


class UnknownResult(WebError):
    """There is no such result or check under way (any more)."""

    code = "result_unknown"


class Busy(WebError):
    """No worker came free in time."""

    code = "busy"


class Superseded(WebError):
    """A newer question from the same page took the place of this one."""

    code = "superseded"


class NothingGiven(WebError):
    """No site was handed in; the place says which way was chosen."""

    code = "nothing_given"


class ProgramFault(WebError):
    """The program failed where it should not; nothing was concluded. `place` names the entry in the server's log."""

    code = "program_fault"


class DemoMissing(SpatialHubError):
    """No demo city was built in the folder named."""

    code = "demo_missing"
