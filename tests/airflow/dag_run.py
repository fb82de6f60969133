"""Runs one DAG in Airflow's own environment, triggers included; prints how it ended as one JSON line.

`python dag_run.py DAG_ID`; tests of ours start it, because Airflow's packages and ours do not fit together.
"""

import json
import os
import sys
from datetime import timedelta

from airflow.dag_processing.dagbag import DagBag


def main(dag_id: str) -> None:
    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    dag = bag.dags[dag_id]
    # What waits a quarter of a minute for AWS, and five before it tries again, need not here.
    for task in dag.tasks:
        task.retry_delay = timedelta(seconds=0)
        for setting in ("waiter_delay", "sleep_time"):
            if hasattr(task, setting):
                setattr(task, setting, 1)
    run = dag.test()
    tasks = {
        instance.task_id: {"state": instance.state, "tries": instance.try_number}
        for instance in run.get_task_instances()
    }
    sys.stdout.write(json.dumps({"state": run.state, "tasks": tasks}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
