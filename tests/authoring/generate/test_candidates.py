"""The order of candidates is the seed's, and nothing else's."""

from authoring.generate.candidates import distances, seeded

LINEAGE = {
    "staging.a": ("raw.a",),
    "staging.b": ("raw.b",),
    "intermediate.ab": ("staging.a", "staging.b"),
    "marts.x": ("intermediate.ab",),
    "marts.y": ("staging.a", "marts.x"),
}


def test_places_are_the_same_on_every_machine() -> None:
    assert seeded(1, "shop", "m|1234")[:8] == "465ec5d6"
    names = [f"m{n}" for n in range(50)]
    orders = [sorted(names, key=lambda name: seeded(seed, "shop", name)) for seed in (1, 2)]
    assert orders[0] != orders[1]


def test_distance_is_the_shortest_way() -> None:
    assert distances(LINEAGE, "staging.a") == {"staging.a": 0, "intermediate.ab": 1, "marts.y": 1, "marts.x": 2}
    assert distances(LINEAGE, "staging.b")["marts.y"] == 3
    assert distances(LINEAGE, "marts.y") == {"marts.y": 0}
