{# One metric: every period of the year, the county and each unit. #}
{% macro counted(metric, denominator, numerator) %}
select '{{ metric }}' as metric, year(day) as year, quarter(day) as quarter, month(day) as month, unit,
       count(*) as denominator, count(*) filter ({{ numerator }}) as numerator
from (select *, cast(_on as date) as day, _unit as unit from county.main.service_cases where {{ denominator }})
group by grouping sets ((1, 2), (1, 2, 3), (1, 2, 4), (1, 2, 5), (1, 2, 3, 5), (1, 2, 4, 5))
{% endmacro %}

{# One rule: each unit in each month has everything of what it counts. Rows that come back are its failures. #}
{% macro short(denominator, numerator) %}
select _unit as unit, date_trunc('month', cast(_on as date)) as month
from county.main.service_cases
where {{ denominator }}
group by 1, 2
having count(*) filter ({{ numerator }}) < count(*)
{% endmacro %}
