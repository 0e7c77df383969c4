"""Asks the real dnf which repositories the files of one folder after the other enable: a path a line in, a JSON line out."""

import json
import logging
import sys

import dnf

logging.disable(logging.CRITICAL)

for line in sys.stdin:
    root = line.rstrip("\n")
    base = dnf.Base()
    base.conf.substitutions.update({"releasever": "9", "basearch": "x86_64", "arch": "x86_64", "harbour": "quay"})
    base.conf.config_file_path = root + "/etc/dnf/dnf.conf"
    base.conf.read()
    base.conf.reposdir = [root + "/etc/yum.repos.d"]
    base.read_all_repos()
    print(
        json.dumps(
            {
                "excludes": list(base.conf.excludepkgs),
                "best": base.conf.best,
                "repositories": [
                    {
                        "id": repo.id,
                        "addresses": list(repo.baseurl),
                        "mirrors": repo.mirrorlist or "",
                        "excludes": list(repo.excludepkgs),
                        "includes": list(repo.includepkgs),
                        "priority": repo.priority,
                        "cost": repo.cost,
                        "skips": bool(repo.skip_if_unavailable),
                        "hotfixes": bool(repo.module_hotfixes),
                    }
                    for repo in base.repos.iter_enabled()
                ],
            }
        )
    )
    sys.stdout.flush()
