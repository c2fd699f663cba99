# Sourced after lib.sh by the tests that bring verbs of their own; to be called in the practice.
#
#   own NAME SCRIPT [LINES]   a personal verb of one write step, `act`: bash runs SCRIPT, which may write in made/;
#                             LINES are more of the step's YAML, each with four spaces before it
#   plan_of ARGUMENTS...      plans as ana: sets $run and $digest
#   run_of CODE ARGUMENTS...  plans and executes; the execution must end with CODE
#   untouched                 made/ is empty
# shellcheck shell=bash
run='' digest=''

own() {
  printf '%s\n' "$2" >"verbs/bin/$1"
  cat >"verbs/$1.yaml" <<YAML
verb: $1
summary: Made for a test
classification: personal
fidelity: estimate
data: [internal]
steps:
  - name: act
    summary: does what the test wants
    effect: write
    argv: [bash, verbs/bin/$1]
    writes: [made]
${3:-    timeout: 20s}
YAML
}

plan_of() {
  prepare as ana blc --json "$@"
  run=$(json run) digest=$(json plan_digest)
}

run_of() {
  local code=$1
  shift
  plan_of "$@"
  expect "$code" as ana blc execute "$run"
}

untouched() { equal "$(ls -A made 2>/dev/null)" ''; }
