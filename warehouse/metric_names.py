"""Columns that name a figure: which names people may write there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from warehouse.models import Contract, Metric


def metric_names(metrics: Mapping[str, Metric]) -> dict[str, str]:
    """Every figure's id by its Chinese label and by its id; a label that two figures share is left to their ids."""
    labels = Counter(metric.label.zh for metric in metrics.values())
    by_label = {metric.label.zh: name for name, metric in metrics.items() if labels[metric.label.zh] == 1}
    return by_label | {name: name for name in metrics}


def with_metric_names(contracts: Mapping[str, Contract], metrics: Mapping[str, Metric]) -> dict[str, Contract]:
    """The contracts, their columns of type `metric` with the names of all figures as values."""
    found = dict(contracts)
    for name, contract in contracts.items():
        if any(column.type == "metric" for column in contract.columns.values()):
            columns = {
                key: column.model_copy(update={"values": metric_names(metrics)}) if column.type == "metric" else column
                for key, column in contract.columns.items()
            }
            found[name] = contract.model_copy(update={"columns": columns})
    return found
