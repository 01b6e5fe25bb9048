"""The classifier on labelled rows: its figures, and every error."""

from tests.derive.evaluation import evaluate, labelled


def figures() -> list[str]:
    """Precision, recall and accuracy per labelled file, with every row whose kind or layer is wrong."""
    lines = []
    for name in ("labelled.csv", "labelled_2.csv"):
        found = evaluate(labelled(name))
        lines.append(
            f"{name}: {found.rows} rows, {found.not_ai} not AI; precision {found.precision:.3f}, recall "
            f"{found.recall:.3f}, kind {found.kind_accuracy:.3f}, layer {found.layer_accuracy:.3f}, "
            f"{found.needs_review} need review"
        )
        lines += [f"  {error}" for error in found.errors]
        lines += [f"  {error}" for error in found.layer_errors]
    return lines
