"""A reader of tables: polars, as a peer (see serving.py). The environment needs polars."""

import os

import serving


class Polars:
    def __init__(self):
        # The pool is sized when the library is imported.
        os.environ["POLARS_MAX_THREADS"] = os.environ.get("OMP_NUM_THREADS", "1")
        import polars

        self.polars = polars
        self.version = polars.__version__

    def read(self, path):
        """Reads a CSV file with all its rows looked at for the types; what its peak of memory lies above that before."""
        serving.reset_peak()
        before = serving.status_bytes("VmRSS")
        frame, seconds = serving.timed(lambda: self.polars.read_csv(path, infer_schema_length=None))
        return {**seconds, "peak": serving.status_bytes("VmHWM") - before, "frame": frame.estimated_size()}


serving.serve(lambda name: {"polars": Polars}[name]())
