"""Which rows of one sheet yield to another row of the same key. Keeps two hashes a row, never the rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from warehouse.models import Contract

DROPS = pl.Schema({"_row": pl.Int32, "kind": pl.String, "by": pl.Int32})
SEED = 20240101


@dataclass
class Keys:
    """Collects the keys of all batches. Memory: about 30 bytes a row."""

    contract: Contract
    _seen: list[pl.DataFrame] = field(default_factory=list)

    def add(self, rows: pl.DataFrame) -> None:
        """Typed rows that could load: `_row` and the contract columns."""
        contract = self.contract
        if not contract.key or not rows.height:
            return
        mark = contract.deletion
        self._seen.append(
            pl.DataFrame(
                {
                    "_row": rows["_row"],
                    "key": rows[[*contract.key]].hash_rows(SEED),
                    "content": rows[[*contract.columns]].hash_rows(SEED),
                    "order": rows[contract.order_by] if contract.order_by else rows["_row"],
                    "deletes": (rows[mark.column] == mark.value).fill_null(False) if mark else [False] * rows.height,
                }
            )
        )

    def drops(self) -> pl.DataFrame:
        """Rows that do not load: `_row`, `kind` and `by`, the row they yield to.

        replace: the first row of a key stands; a row equal to it is a `duplicate`, one that differs a `duplicate_key`
        (quarantined: nobody can say which is right). upsert: the latest by `order_by` stands, the others are
        `superseded`, or `duplicate` when equal; a latest row that carries the deletion mark is a `deletion`.
        """
        if not self._seen:
            return pl.DataFrame(schema=DROPS)
        keys = pl.concat([batch["key"] for batch in self._seen]).sort()
        again = keys.filter(keys == keys.shift(1)).unique()
        if again.is_empty() and self.contract.deletion is None:
            return pl.DataFrame(schema=DROPS)
        twice = pl.concat([batch.filter(pl.col("key").is_in(again.implode())) for batch in self._seen])
        if self.contract.mode == "replace":
            return _yielding(twice.sort("_row"), "first", "duplicate_key")
        yielding = _yielding(twice.sort("order", "_row", nulls_last=False), "last", "superseded")
        marked = pl.concat([batch.filter(pl.col("deletes")) for batch in self._seen])
        gone = marked.join(yielding, on="_row", how="anti")
        gone = gone.select("_row", pl.lit("deletion").alias("kind"), pl.lit(None, pl.Int32).alias("by"))
        return pl.concat([yielding, gone.cast(DROPS)])


def _yielding(ordered: pl.DataFrame, stands: str, otherwise: str) -> pl.DataFrame:
    chosen = {name: getattr(pl.col(name), stands)().over("key") for name in ("_row", "content")}
    return (
        ordered.with_columns(by=chosen["_row"], standing=chosen["content"])
        .filter(pl.col("_row") != pl.col("by"))
        .select(
            "_row",
            pl.when(pl.col("content") == pl.col("standing"))
            .then(pl.lit("duplicate"))
            .otherwise(pl.lit(otherwise))
            .alias("kind"),
            "by",
        )
        .cast(DROPS)
    )
