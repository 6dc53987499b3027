"""Tasks: work to be given out."""

from fleet.models.task.record import Task, TaskClaim, TaskDependency, TaskNumbers, TaskRequirement

__all__ = ["Task", "TaskClaim", "TaskDependency", "TaskNumbers", "TaskRequirement"]
