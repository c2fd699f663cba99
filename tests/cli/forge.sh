# Sourced after lib.sh by the tests that forge, race or damage a ledger. Needs FORGE (the tool of forge.cpp).
#
#   dual                    practice, and two signatures for every verb: a clinical lead (ben, ed) and a privacy
#                           officer (cleo); BLC_APPROVAL_REQUIRED=true from here on
#   planned [TITLE]         $planner (ana) plans a household task: sets $run and $digest
#   signed NAME...          they approve $run
#   done_tasks N            exactly N tasks were ever added
#   refused CODE TEXT       executing $run ends with CODE, says TEXT, and adds no task
#   intact [N]              the ledger verifies from its first entry on; N entries are late (default 0)
#   broken TEXT             it does not, and TEXT says why
#   entries                 how many entries there are
#   leaf KIND [BY]          the last entry of that kind (by that signer): its leaf; hash_of LEAF
#   forge NAME OPTIONS      signs with that person's key, or `executor`'s, and appends: see forge.cpp
#   forged NAME OPTIONS     the same, printed instead of appended
#   root FILTER             ana signs the next root: the one in force through a jq filter
#   known LEAF...           ana lists these void entries as known, in the next root
#   append                  appends standard input
#   shape FILTER LEAF       the body of an entry through a jq filter
#   alter DB SQL            changes a ledger behind its triggers, which are as before afterwards
#   clock OFFSET CMD...     runs CMD with the clock moved: clock +25h blc ...; waits go on as ever
# shellcheck shell=bash
: "${FORGE:?the path of the forge}"
db=$practice/.blc/ledger.db
run='' digest=''

dual() {
  practice
  enrol ed clinical-lead
  cat >policies/approvals.yaml <<'POLICY'
rules:
  - {environments: [local], slots: [], deadline: 24h}
  - environments: [integration, staging, production]
    slots:
      - {name: clinical-lead, roles: [clinical-lead]}
      - {name: privacy-officer, roles: [privacy-officer]}
    deadline: 24h
POLICY
  export BLC_APPROVAL_REQUIRED=true
}

planned() {
  prepare as "${planner:-ana}" blc --json household-task add --title "${1:-buy milk}"
  run=$(json run) digest=$(json plan_digest)
}

signed() {
  local name
  for name; do prepare as "$name" blc approve "$run" --digest "$digest"; done
}

done_tasks() {
  local lines=0
  if [[ -e $practice/fixtures/mock/tasks/household.txt ]]; then lines=$(wc -l <"$practice/fixtures/mock/tasks/household.txt"); fi
  equal "$lines tasks" "$1 tasks"
}

refused() {
  local before=none
  if [[ -e $practice/fixtures/mock/tasks/household.txt ]]; then before=$(sha256sum <"$practice/fixtures/mock/tasks/household.txt"); fi
  expect "$1" as ana blc execute "$run"
  has "$2"
  local after=none
  if [[ -e $practice/fixtures/mock/tasks/household.txt ]]; then after=$(sha256sum <"$practice/fixtures/mock/tasks/household.txt"); fi
  equal "$after" "$before"
}

intact() {
  expect 0 blc ledger verify --full
  has 'The ledger verifies'
  if [[ ${1:-0} == 0 ]]; then hasnt 'too late'; else has "came too late to count; that is no fault"; fi
  expect 0 blc --json ledger verify
  equal "$(json late) late" "${1:-0} late"
}

broken() {
  expect 9 blc ledger verify --full
  has "$1"
}

entries() { "$FORGE" list "$db" | wc -l; }
leaf() { "$FORGE" list "$db" | awk -v kind="$1" -v by="${2:-}" '$3 == kind && (by == "" || $4 == by) { n = $1 } END { print n }'; }
hash_of() { "$FORGE" list "$db" | awk -v leaf="$1" '$1 == leaf { print $2 }'; }

# What this account keeps for the practice outside of it.
state_of() { echo "$XDG_STATE_HOME/blc/$(sed -n "s,^origin: .*/,,p" "$practice/blc.yaml")"; }
key_of() {
  case $1 in
    executor) echo "$(state_of)/executor/executor.key" ;;
    small-order) echo "$1" ;;
    *) echo "$keys/$1" ;;
  esac
}
forged() {
  local key
  key=$(key_of "$1")
  "$FORGE" sign "$db" "$key" "${@:2}"
}
append() { "$FORGE" append "$db" >/dev/null; }
forge() { forged "$@" | append; }
root() {
  local now
  now=$(blc --json trust show 2>/dev/null | jq -c 'del(.format, .origin, .sent_only_in, .delegations, .recovery_key)')
  forge ana --kind root --by ana --root "$(jq .version <<<"$now")" --body "$(jq -c ".version += 1 | $1" <<<"$now")"
}
known() { root ".known_void += [$(IFS=,; echo "$*")]"; }
shape() { "$FORGE" payload "$db" "$2" | jq -c ".body | $1"; }

alter() {
  local drop make
  drop=$(sqlite3 "$1" "SELECT 'DROP TRIGGER ' || name || ';' FROM sqlite_schema WHERE type = 'trigger'")
  make=$(sqlite3 "$1" "SELECT sql || ';' FROM sqlite_schema WHERE type = 'trigger'")
  sqlite3 -bail "$1" "BEGIN; $drop $2; $make COMMIT"
}

clock() {
  local by=$1
  shift
  if [[ $1 == blc ]]; then set -- "$BLC" "${@:2}"; fi
  FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f "$by" "$@"
}
