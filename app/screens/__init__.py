"""One page each: render(snapshot, viewer) -> None."""
