with

source as (

    select * from {{ source('reference', 'planes') }}

),

cleaned as (

    select
        {{ clean_tail_number('tail_number') }} as tail_number,
        type as plane_type,
        manufacturer,
        model,
        engine_type,
        cast(year_manufactured as integer) as year_manufactured,
        cast(engines as integer) as n_engines,
        cast(seats as integer) as n_seats,
        cast(effective_date as date) as effective_date,
        _source_file,
        _source_row
    from source

),

latest_version_per_plane as (

    select *
    from cleaned
    qualify
        row_number() over (
            partition by tail_number
            order by effective_date desc, _source_file desc, _source_row desc
        ) = 1

)

select * exclude (_source_file, _source_row) from latest_version_per_plane
