"""The files around the models of a dbt project, and the instant it is built at."""

NOW = "2013-03-14T23:30:00Z"
PROJECT = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\nmodels: {shop: {+materialized: table}}\n",
    "profiles.yml": "shop: {target: t, outputs: {t: {type: duckdb, path: ../w.duckdb, threads: 1}}}\n",
}
