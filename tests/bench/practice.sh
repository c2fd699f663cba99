# Sourced: the practice that everything here measures, made with blc itself.
#
#   bench_practice DIR   makes DIR/clinic and DIR/keys: ana (admin), dora and ben (practice-manager), eli and fay
#                        (clinician; they ask for runs); and one verb, `note`, that runs cat. Integration asks for one
#                        practice-manager, local for nobody. The machine account is BENCH_HOME, or DIR/home.
#   bench_enter DIR      enters a practice that was made before
#   bench_ledger DIR ENTRIES [PAYLOAD [PENDING [PEOPLE]]]
#                        the same practice with a ledger of that size, all of it verified once: see make_ledger.cpp.
#                        12 of its runs wait for dora and ben. Its executor cannot execute: its journal is empty.
#   as NAME CMD...       runs CMD with that person's key
#
# Needs BLC, the binary, with make_ledger of the same build beside it or in MAKE_LEDGER. Keys are PKCS#8, which blc signs with in its own process: what is measured is blc, not ssh-keygen.
# shellcheck shell=bash
: "${BLC:?the path of the binary}"
bench_blc=$(realpath "$BLC")
bench_make_ledger=$(realpath "${MAKE_LEDGER:-${BLC%/*}/../tests/bench/make_ledger}")

as() {
  local name=$1
  shift
  BLC_KEY=$bench_directory/keys/$name "$@"
}

bench_enter() {
  bench_directory=$(realpath "$1")
  unset "${!BLC_@}"
  BLC=$bench_blc
  export HOME=${BENCH_HOME:-$bench_directory/home} TZ=UTC LC_ALL=C.UTF-8
  export XDG_CONFIG_HOME=$HOME/.config XDG_STATE_HOME=$HOME/.local/state XDG_DATA_HOME=$HOME/.local/share
  cd "$bench_directory/clinic"
}

bench_enrol() {
  local name=$1
  shift
  "$BLC" key new --service "../keys/$name" >/dev/null
  as ana "$BLC" trust add "$name" --key "../keys/$name.pub" "$@" >/dev/null
}

bench_practice() {
  mkdir -p "${BENCH_HOME:-$1/home}" "$1/clinic"
  mkdir -m 700 "$1/keys"
  bench_enter "$1"
  "$BLC" key new --service ../keys/ana >/dev/null
  as ana "$BLC" init . --name ana >/dev/null
  rm verbs/*.yaml
  cat >verbs/note.yaml <<'YAML'
verb: note
summary: Note something
classification: business
data: [internal]
parameters:
  text: {type: string, pattern: ".{1,80}", summary: What to note}
fidelity: none
steps:
  - name: note
    summary: writes the note
    effect: write
    argv: [cat]
    stdin: "${text}\n"
    atomic: true
    timeout: 20s
YAML
  cat >policies/approvals.yaml <<'YAML'
rules:
  - {environments: [local], slots: [], deadline: 30d}
  - {environments: [integration, staging, production], slots: [{name: manager, roles: [practice-manager]}], deadline: 30d}
YAML
  cat >policies/access.yaml <<'YAML'
grants:
  - {role: everyone, environments: [local, integration], rights: [plan, read, execute]}
  - {role: practice-manager, environments: [integration], rights: [approve]}
  - {role: clinician, environments: [local], rights: [read]}
YAML
  as ana "$BLC" catalog adopt >/dev/null
  bench_enrol dora --role practice-manager
  bench_enrol ben --role practice-manager
  bench_enrol eli --role clinician
  bench_enrol fay --role clinician
}

bench_ledger() {
  local state
  bench_practice "$1"
  state=$XDG_STATE_HOME/blc/$(sed -n 's,^origin: .*/,,p' blc.yaml)
  cp .blc/ledger.db ../empty.db
  bench_run eli >/dev/null
  mv .blc/ledger.db ../model.db
  mv ../empty.db .blc/ledger.db
  rm "$state"/head.json "$state"/signed.jsonl "$state"/index.db*  # they have seen the model
  "$bench_make_ledger" .blc/ledger.db ../model.db ../keys "$state/executor/executor.key" "${@:2}"
  as dora "$BLC" ledger verify
  as dora "$BLC" inbox >/dev/null
}

# One run, planned, approved and executed.
bench_run() {
  local run digest planned
  planned=$(as "$1" "$BLC" --json --env integration note --text "hello")
  run=$(jq -r .run <<<"$planned") digest=$(jq -r .plan_digest <<<"$planned")
  as dora "$BLC" approve "$run" --digest "$digest"
  as "$1" "$BLC" execute "$run"
}
