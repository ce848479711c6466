"""How sure it is that a page answers: a logistic regression (after Platt 1999), calibrated on labelled questions."""

from __future__ import annotations

import math

__all__ = ["ANSWER_THRESHOLD", "LEAST_SURE", "confidence"]

ANSWER_THRESHOLD = 0.5
"""Least confidence at which the best page is given as an answer: that it has one is likelier than not. Below it the
honest answer is "no match"."""
CONFIDENCE = (-3.85, 0.72, 5.25, 1.9, 1.1)
"""Weights of a logistic regression (scikit-learn, C = 1) whether a question has a page; docs/retrieval.md says over
which questions. Constant, logarithm of the score, lead, share explained, leaning of the words."""
QUESTION_FLOOR = 6.0
"""What is added to the weight of a question before a score is held against it: two words explain little."""

LEAST_SCORE, LEAST_SURE = 4.0, 0.3
"""Below this score a question shares words with pages and topics, and hardly a subject: no confidence is higher."""


def confidence(score: float, rival: float, weight: float, leaning: float) -> float:
    """How sure it is that a page with this score answers a question of this weight, 0–1.

    The four figures are how much speaks for the page (`score`); its lead over the best topic without a page, whose
    score is `rival` (−1 to 1); how much of the question it explains; and whether the question's words lean to pages
    (> 0) or to topics (`leaning`).
    """
    lead = (score - rival) / (score + rival) if score + rival else 0.0
    explained = score / (weight + QUESTION_FLOOR)
    figures = (1.0, math.log1p(score), lead, explained, leaning)
    sure = 1 / (1 + math.exp(-math.fsum(w * x for w, x in zip(CONFIDENCE, figures, strict=True))))
    return sure if score >= LEAST_SCORE else min(sure, LEAST_SURE)
