"""``aecodec compress --each`` makes a file of each picture."""

from __future__ import annotations

from aecodec.cli.plumbing.asked import Watch, is_verbose, kept_time
from aecodec.cli.plumbing.inputs import search
from aecodec.cli.plumbing.models import model_facts
from aecodec.cli.plumbing.names import AEC
from aecodec.cli.plumbing.product import emit
from aecodec.cli.tasks.compressed import Far, Notes, far_of, record, summarise, warn_of_domain, warn_of_files
from aecodec.cli.tasks.each import Done, Job, check_skip, plan, run_each
from aecodec.codec import Options, compress_all, exact_size
from aecodec.errors import ModelError
from aecodec.files import Gallery, check_target, folders_above, is_there, is_unfinished, write_file
from aecodec.files.suffixes import TAKEN
from aecodec.zoo import Zoo


def compress_each(
    inputs: tuple[str, ...],
    output: str | None,
    options: Options,
    zoo: Zoo,
    force: bool,
    skip: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a file for each picture, of the bytes that it would have alone. Without its model none can be done."""
    far: list[Far] = []
    notes = Notes()

    def work(job: Job) -> Done | None:
        if skip and is_there(job.target, many=False):
            return None
        replace = force or (skip and is_unfinished(job.target))
        gallery, watch = Gallery([job.source]), Watch()
        with folders_above(job.target):
            check_target(job.target, force=replace)
            errors = gallery.survey()
            if errors:
                raise errors[0]
            watch.lap("read")
            result = compress_all(gallery, options, zoo, many=False)
            watch.lap("compressed")
            write_file(job.target, result.data, force=replace, modified=kept_time(job.source.path))
            watch.lap("written")
        if is_verbose():
            summarise((job.source.path,), job.target, gallery, result)
            watch.tell(*model_facts(result.models))
        if not quiet:
            warn_of_files(gallery)
            far.extend(far_of(gallery, result))
            exact = exact_size(result, gallery, options, zoo, many=False, names=None)
            notes.add(gallery, result, options, exact)
        if as_json:
            emit(record((job.source.path,), job.target, gallery, result, 0))
        return Done(gallery.input_bytes, len(result.data))

    check_skip(skip, force)
    jobs = plan(search(inputs, TAKEN, "pictures", quiet=quiet), output, AEC)
    try:
        run_each(jobs, work, output, label="compress", quiet=quiet, as_json=as_json, ends=(ModelError,))
    finally:
        warn_of_domain(far, len(jobs))
        notes.show(len(jobs))
