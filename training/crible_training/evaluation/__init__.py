"""The bench: ``evaluate(candidates, families, gold=…, out=…, progress=…)`` measures a model beside its baselines."""

from crible_training.evaluation.bench import Report, evaluate

__all__ = ["Report", "evaluate"]
