"""Asks the real dnf about one installroot after the other: a JSON line in, a JSON line out.

Started once for many machines, because starting dnf takes longer than its answer. All is done through dnf's own command line
classes, configured by the arguments a person would give; only the printing is left out.
"""

import json
import os
import sys
import types

import dnf
import dnf.cli.cli
import dnf.cli.commands.updateinfo
import dnf.cli.option_parser
import dnf.conf
import dnf.logging
import dnf.transaction


def describe(package):
    return [package.name, package.arch, evr_of(package), package.reponame]


def evr_of(package):
    epoch = "" if package.epoch == 0 else "%d:" % package.epoch
    return "%s%s-%s" % (epoch, package.version, package.release)


def ask(root, options):
    with dnf.cli.cli.BaseCli(dnf.conf.Conf()) as base:
        cli = dnf.cli.cli.Cli(base)
        arguments = ["--installroot=" + root, "--quiet"] + options + ["check-update"]
        cli.configure(arguments, dnf.cli.option_parser.OptionParser())
        cli._process_demands()
        answer = {
            "updates": [describe(p) for p in base.returnPkgLists("upgrades").updates],
            "advisories": list_advisories(cli),
            "obsoletes": list_obsoletes(base),
            "showsObsoletes": bool(base.conf.obsoletes),
        }
        run_upgrade(base, answer)
        base.add_security_filters("gte", types=["security"])
        answer["security"] = [describe(p) for p in base.returnPkgLists("upgrades").updates]
        return answer


def list_obsoletes(base):
    found = base.returnPkgLists("obsoletes").obsoletesTuples
    return [describe(new) + describe(old) for new, old in found]


def list_advisories(cli):
    """What `updateinfo list --updates` lists, by that very command: advisory, its type, and what it says of which package."""
    command = dnf.cli.commands.updateinfo.UpdateInfoCommand(cli)
    command.opts = types.SimpleNamespace(
        _advisory_types=set(), spec=[], severity=None, bugzilla=None, cves=None, with_cve=False, with_bz=False
    )
    found = command.updating_apkg_adv_insts([])
    return [[advisory.id, advisory.type, named.name, named.arch, named.evr] for named, advisory, _ in found]


def run_upgrade(base, answer):
    best = base.conf.best
    for kind, wish in (("run", False), ("best", True)):
        base.conf.best = wish
        base.reset(goal=True)
        base.upgrade_all()
        try:
            base.resolve()
            coming = [tsi for tsi in base.transaction if tsi.action in dnf.transaction.FORWARD_ACTIONS]
            answer[kind] = [describe(tsi.pkg) for tsi in coming]
            answer[kind + "Replaces"] = [describe(tsi.pkg) for tsi in base.transaction if tsi.action == dnf.transaction.PKG_OBSOLETED]
        except dnf.exceptions.Error as error:
            answer[kind + "Failed"] = str(error)
    base.conf.best = best


def answer_line(line):
    wish = json.loads(line)
    try:
        answer = ask(wish["root"], wish["options"])
    except (dnf.exceptions.Error, RuntimeError, OSError) as error:
        answer = {"error": "%s: %s" % (type(error).__name__, error)}
    print(json.dumps(answer), flush=True)


def main():
    # dnf keeps plugins, loggers and rpm's settings for the life of a process: each machine gets a fresh copy of this one.
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            answer_line(line)
            os._exit(0)
        os.waitpid(child, 0)


main()
