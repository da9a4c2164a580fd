"""``aecodec decompress`` of several files does one after the other."""

from __future__ import annotations

from aecodec.cli.plumbing.asked import Watch, is_verbose
from aecodec.cli.plumbing.failures import about
from aecodec.cli.plumbing.inputs import search
from aecodec.cli.plumbing.models import model_facts
from aecodec.cli.plumbing.names import AEC
from aecodec.cli.plumbing.product import emit
from aecodec.cli.tasks.decompressed import record, summarise, write_picture, write_pictures
from aecodec.cli.tasks.each import Done, Job, plan, run_each
from aecodec.codec import Decoder
from aecodec.codec.threads import processors
from aecodec.errors import UsageError
from aecodec.files import folders_above, is_there, is_unfinished, read_bytes
from aecodec.zoo import Zoo


def decompress_each(
    files: tuple[str, ...],
    output: str | None,
    zoo: Zoo,
    base: bool,
    force: bool,
    skip: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Decompress each file as if it were alone; every one of them may need another model."""

    def work(job: Job) -> Done | None:
        file, target = job.source.path, job.target
        watch = Watch()
        data = read_bytes(file)
        with about(file):
            decoder = Decoder(data, zoo, base=base, jobs=processors())
        watch.lap("read")
        many = decoder.container.header.many
        if not many:
            target += ".png"
        elif target == file:
            raise UsageError(f"{file} has no suffix, and the folder cannot have its name; name another with -o")
        if skip and is_there(target, many=many):
            return None
        with folders_above(target):
            if many:
                written = write_pictures(file, decoder, target, force, quiet=True)
            else:
                replace = force or (skip and is_unfinished(target))
                written = write_picture(file, decoder, 0, target, replace, quiet=True)
        watch.lap("decompressed and written")
        if is_verbose():
            summarise(file, target, decoder, None, len(data), written)
            watch.tell(*model_facts(decoder.models))
        if as_json:
            emit(record(file, target, decoder, None, len(data), written))
        return Done(len(data), written)

    jobs = plan(search(files, (AEC,), f"{AEC} files", quiet=quiet), output, "")
    run_each(jobs, work, output, label="decompress", quiet=quiet, as_json=as_json)
