#!/usr/bin/python
# Copyright: The netdata-egress authors
# Apache License 2.0 (see LICENSE)
"""One guarded change of this host's firewall, by the program that was carried to it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: rules
short_description: Load, keep or take out the firewall rules for Netdata Cloud
version_added: 1.0.0
description:
  - Drives C(netdata-egress rules) on the host. What would change is asked of C(rules apply --plan), so check mode and diff say what a real run does.
  - A change is loaded behind a guard of its own, which takes it back unless I(state=confirmed) comes in time, also when the host cannot be reached any more.
options:
  command:
    description: The words that start netdata-egress on the host.
    type: list
    elements: str
    required: true
  target:
    description: The firewall, a target of C(netdata-egress rules) that can be applied.
    type: str
    required: true
  arguments:
    description: Options of C(rules apply), for example C(--user netdata).
    type: list
    elements: str
    default: []
  state:
    description:
      - C(loaded) loads the rules and waits for nobody to confirm them.
      - C(confirmed) keeps what C(loaded) left.
      - C(put_back) waits until the guard has taken back what was not confirmed.
      - C(absent) takes the rules out.
    type: str
    choices: [loaded, confirmed, put_back, absent]
    default: loaded
  boot:
    description: Load the rules at boot, too.
    type: bool
    default: false
  confirm_seconds:
    description: How long the guard waits for I(state=confirmed).
    type: int
    default: 60
  state_dir:
    description: Where the program keeps backups, memory and history.
    type: path
    default: /var/lib/netdata-egress
author:
  - The netdata-egress authors (@netdata-egress)
attributes:
  check_mode:
    description: Says what would change, and changes nothing.
    support: full
  diff_mode:
    description: Shows what is let through, before and after.
    support: full
"""

EXAMPLES = r"""
- name: Load the rules
  netdata_egress.fleet.rules:
    command: [/usr/local/bin/netdata-egress]
    target: nftables
    arguments: [--user, netdata]

- name: Keep them, over a new connection
  netdata_egress.fleet.rules:
    command: [/usr/local/bin/netdata-egress]
    target: nftables
    arguments: [--user, netdata]
    state: confirmed
"""

RETURN = r"""
waiting:
  description: A change is loaded and waits for its confirmation.
  type: bool
  returned: success
before:
  description: What our rules let through before, in order.
  type: list
  elements: str
  returned: success
after:
  description: What our rules let through afterwards, in order.
  type: list
  elements: str
  returned: success
"""

import json
import os
import subprocess
import tempfile
import time

from ansible.module_utils.basic import AnsibleModule

# Asking for the names, loading and reading back, on a slow host.
LOAD_SECONDS = 120
# The guard tries for a while where the firewall is busy.
GRACE_SECONDS = 30
POLL_SECONDS = 0.3


class Rules(object):
    def __init__(self, module):
        self.module = module
        params = module.params
        self.target = params["target"]
        self.verb = "install" if params["boot"] else "apply"
        self.base = params["command"] + ["rules"]
        self.where = ["--state-dir", params["state_dir"]]

    def run(self, *words):
        """Exit code, stdout and stderr; a program that does not end is a failure of the task."""
        argv = self.base + list(words) + self.where
        return self.module.run_command(argv, environ_update={"NO_COLOR": "1"}, data="")

    def document(self, *words):
        """The JSON document that a verb prints; exit codes 0 and 1 are answers."""
        code, out, err = self.run(*words)
        try:
            if code in (0, 1) and out.strip():
                return json.loads(out)
        except ValueError:
            pass
        self.module.fail_json(msg=err.strip() or out.strip() or "exit code %d" % code, rc=code)

    def plan(self):
        return self.document(self.verb, self.target, *(self.module.params["arguments"] + ["--plan", "--json"]))

    def finish(self, changed, plan, before, after):
        text = {"before": "".join(line + "\n" for line in before), "after": "".join(line + "\n" for line in after)}
        header = "%s (%s)" % (self.target, ", ".join(["rules"] + self.module.params["arguments"]))
        self.module.exit_json(
            changed=changed,
            waiting=plan["waiting"],
            before=before,
            after=after,
            diff=dict(text, before_header=header, after_header=header),
        )

    def loaded(self):
        plan = self.plan()
        if plan["waiting"]:
            self.module.fail_json(msg="another change waits for its confirmation on this host")
        if not plan["changes"] or self.module.check_mode:
            self.finish(plan["changes"], plan, plan["before"], plan["after"])
        seconds = self.module.params["confirm_seconds"]
        words = [self.verb, self.target] + self.module.params["arguments"] + ["--confirm-timeout", "%ds" % seconds]
        # It outlives this module: it waits for the confirmation, and then writes down what is in force.
        said = tempfile.TemporaryFile()
        child = subprocess.Popen(
            self.base + words + self.where,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
        )
        deadline = time.time() + LOAD_SECONDS
        while child.poll() is None and time.time() < deadline:
            now = self.plan()
            if now["waiting"] and now["loaded"]:
                self.finish(True, now, plan["before"], now["before"])
            time.sleep(POLL_SECONDS)
        said.seek(0)
        text = said.read(65536).decode("utf-8", "replace").strip()
        if child.poll() is None:
            self.module.fail_json(msg="the rules were not in force within %d s" % LOAD_SECONDS, said=text)
        self.module.fail_json(msg=text or "exit code %d" % child.returncode, rc=child.returncode)

    def confirmed(self):
        plan = self.plan()
        if not plan["waiting"] and plan["changes"] and not self.module.check_mode:
            self.module.fail_json(msg="the guard took the change back before it was confirmed")
        if not plan["waiting"] or self.module.check_mode:
            self.finish(plan["waiting"], plan, plan["before"], plan["after"])
        code, out, err = self.run("confirm")
        if code != 0:
            self.module.fail_json(msg=(err or out).strip(), rc=code)
        # What was confirmed is written down by the process that loaded it.
        deadline = time.time() + GRACE_SECONDS
        now = self.plan()
        while now["changes"] and time.time() < deadline:
            time.sleep(POLL_SECONDS)
            now = self.plan()
        if now["changes"]:
            self.module.fail_json(msg="the rules are confirmed and not in force: netdata-egress rules status")
        # Loading them was the change, and was told as such.
        self.finish(False, now, now["before"], now["after"])

    def put_back(self):
        deadline = time.time() + self.module.params["confirm_seconds"] + GRACE_SECONDS
        plan = self.plan()
        while plan["waiting"] and not self.module.check_mode:
            if time.time() > deadline:
                self.module.fail_json(msg="the guard did not take the change back: netdata-egress rules status")
            time.sleep(POLL_SECONDS)
            plan = self.plan()
        self.finish(False, plan, plan["before"], plan["before"])

    def absent(self):
        status = self.document("status", self.target, *(self.module.params["arguments"] + ["--json"]))
        live = status["live"]
        before = sorted("%s tcp/%s" % (entry["cidr"], entry["ports"]) for entry in live["entries"])
        if live["present"] and not self.module.check_mode:
            code, out, err = self.run("uninstall", self.target)
            if code != 0:
                self.module.fail_json(msg=(err or out).strip(), rc=code)
        self.finish(live["present"], {"waiting": False}, before, [])


def main():
    module = AnsibleModule(
        argument_spec=dict(
            command=dict(type="list", elements="str", required=True),
            target=dict(type="str", required=True),
            arguments=dict(type="list", elements="str", default=[]),
            state=dict(type="str", choices=["loaded", "confirmed", "put_back", "absent"], default="loaded"),
            boot=dict(type="bool", default=False),
            confirm_seconds=dict(type="int", default=60),
            state_dir=dict(type="path", default="/var/lib/netdata-egress"),
        ),
        supports_check_mode=True,
    )
    # Links and mounts of others are the business of the program.
    os.umask(0o077)
    getattr(Rules(module), module.params["state"])()


if __name__ == "__main__":
    main()
