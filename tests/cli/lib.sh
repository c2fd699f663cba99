# Sourced by every tests/cli/*.test: a scratch world for one script, and the words that scripts are made of.
# Needs BLC (the binary) and SOURCE (the source tree) in the environment; ctest sets both.
#
#   expect CODE CMD...   runs CMD; its exit code must be CODE; keeps $out and $err
#   has TEXT  hasnt TEXT what the last expect printed, on either stream
#   equal GOT WANTED     two strings
#   json PATH            prints a member of the JSON object in $out: json approvals.required
#   golden NAME          $out, with what differs every time masked, must be tests/golden/NAME (REGENERATE=1 writes it)
#   person NAME          makes a key without passphrase at $keys/NAME
#   practice             makes and enters $practice: ana (admin), ben (clinical-lead), cleo (privacy-officer),
#                        dora (practice-manager)
#   as NAME CMD...       runs CMD with that person's key
#   home NAME            from here on, another person's machine account: a HOME and XDG_* of its own
#   terminal INPUT CMD.. runs CMD on a pseudo-terminal where INPUT is typed: expect 0 as ben terminal $'x\n' blc ...
#   dialogue PROMPT ANSWER... -- CMD..   the same, where each answer is typed when its prompt has appeared: for programs
#                        that throw away what was typed before they asked, as ssh-keygen does
#   here PROMPT ANSWER... -- WORDS..  the same for blc WORDS, after which the terminal must be as it was; Ctrl-C at a
#                        prompt is the answer $ctrl_c
#   agent                starts an ssh-agent that ends with the script
#   fail MESSAGE         fails the script here
# shellcheck shell=bash
set -Eeuo pipefail
: "${BLC:?the path of the binary}" "${SOURCE:?the source tree}"

# Nothing of the person who runs the tests reaches them.
unset "${!BLC_@}" "${!XDG_@}" SSH_AUTH_SOCK SSH_ASKPASS DISPLAY NO_COLOR 2>/dev/null
export LC_ALL=C.UTF-8 TZ=UTC SHELL=/bin/bash TERM=xterm
# Wide enough for the lines that scripts look for; terminal.test is about widths.
export COLUMNS=200
umask 022
exec </dev/null

scratch=$(mktemp -d "${TMPDIR:-/tmp}/blc-cli.XXXXXX")
keys=$scratch/keys
practice=$scratch/clinic
out='' err='' last='' asserted=0 agent_pid=''
mkdir -m 700 "$keys"

home() {
  export HOME=$scratch/home/$1
  export XDG_CONFIG_HOME=$HOME/.config XDG_STATE_HOME=$HOME/.local/state
  export XDG_DATA_HOME=$HOME/.local/share XDG_CACHE_HOME=$HOME/.cache
  mkdir -p "$HOME"
  chmod 700 "$HOME"
}
home shared
cd "$scratch"

# --- reports -------------------------------------------------------------------------------------------

# FILE:LINE of the innermost frame outside this file.
where() {
  local frame
  for ((frame = 1; frame < ${#BASH_SOURCE[@]}; frame++)); do
    if [[ ${BASH_SOURCE[frame]} != "${BASH_SOURCE[0]}" ]]; then
      echo "${BASH_SOURCE[frame]}:${BASH_LINENO[frame - 1]}"
      return
    fi
  done
}

report() {
  echo "FAILED $(where): $1"
  [[ -n $last ]] || return 0
  echo "last command: $last"
  printf 'stdout:\n%s\nstderr:\n%s\n' "$out" "$err" | sed '/^std...:$/!s/^/  | /'
} >&2

fail() {
  trap - ERR
  report "$1"
  exit 1
}

unexpected() {
  local code=$1
  trap - ERR
  # A failed command substitution is reported by the script around it, which knows the line.
  [[ $BASH_SUBSHELL == 0 ]] && report "$2 (exit $code)"
  exit "$code"
}
trap 'unexpected $? "$BASH_COMMAND"' ERR

finish() {
  local code=$?
  [[ $BASHPID == "$$" ]] || exit "$code"
  [[ -z $agent_pid ]] || kill "$agent_pid" || code=1
  chmod -R u+rwx "$scratch" && rm -rf "$scratch"
  if [[ $code == 0 && $asserted == 0 ]]; then
    echo "FAILED $0: it asserts nothing" >&2
    code=1
  fi
  [[ $code != 0 ]] || echo "$asserted assertions"
  exit "$code"
}
trap finish EXIT

# --- assertions ----------------------------------------------------------------------------------------

expect() {
  local wanted=$1 code=0
  shift
  last="$*"
  # In a condition, so that neither errexit nor the ERR trap ends the script here.
  if "$@" >"$scratch/out" 2>"$scratch/err"; then code=0; else code=$?; fi
  # The shell takes bytes that are 0 away, and says so.
  { out=$(<"$scratch/out") err=$(<"$scratch/err"); } 2>/dev/null
  asserted=$((asserted + 1))
  [[ $code == "$wanted" ]] || fail "expected exit $wanted, got $code"
}

has() {
  asserted=$((asserted + 1))
  [[ $out$'\n'$err == *"$1"* ]] || fail "not in the output: $1"
}

hasnt() {
  asserted=$((asserted + 1))
  [[ $out$'\n'$err != *"$1"* ]] || fail "in the output: $1"
}

equal() {
  asserted=$((asserted + 1))
  [[ $1 == "$2" ]] || fail "got '$1', wanted '$2'"
}

json() {
  jq -rc --arg path "$1" "(.${1#.}) | if . == null then error(\"no \" + \$path) else . end" <<<"$out"
}

# What differs from run to run: ULIDs and the suffix of $run, digests, times.
masked() {
  local suffix=${run:-no-run}
  sed -E -e 's/\b[0-9A-HJKMNP-TV-Z]{26}\b/<ULID>/g' -e "s/\\b${suffix: -6}\\b/<RUN>/g" \
    -e 's/(sha256:)?\b[0-9a-f]{64}\b/<DIGEST>/g' -e 's/sha256:[0-9a-f]{4}\.\.\.[0-9a-f]{4}/<DIGEST>/g' \
    -e 's/\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/<TIME>/g' -e "s|$scratch|<SCRATCH>|g" \
    -e 's/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [0-9]{1,2} [A-Z][a-z]{2} [0-9]{2}:[0-9]{2}( [0-9]{4})?\b/<TIME>/g'
}

golden() {
  local file=$SOURCE/tests/golden/$1
  asserted=$((asserted + 1))
  masked <<<"$out" >"$scratch/masked"
  if [[ ${REGENERATE:-} == 1 ]]; then cp "$scratch/masked" "$file"; fi
  diff -u "$file" "$scratch/masked" >&2 || fail "differs from tests/golden/$1 (REGENERATE=1 writes it anew)"
}

# --- the world -----------------------------------------------------------------------------------------

blc() { "$BLC" "$@"; }

as() {
  local name=$1
  shift
  BLC_KEY=$keys/$name "$@"
}

# Steps of preparing the world are checked like any other, but they are no assertions of the script.
prepare() {
  local before=$asserted
  expect 0 "$@"
  asserted=$before
}

person() { prepare blc key new "$keys/$1" --no-passphrase; }

enrol() {
  local name=$1 role
  local -a options=()
  shift
  for role in "$@"; do options+=(--role "$role"); done
  person "$name"
  prepare as ana blc trust add "$name" --key "$keys/$name.pub" "${options[@]}"
}

practice() {
  person ana
  prepare blc init "$practice" --name ana --key "$keys/ana"
  cd "$practice"
  enrol ben clinical-lead
  enrol cleo privacy-officer
  enrol dora practice-manager
}

terminal() {
  local input=$1 code=0
  shift
  # script(1) types its standard input and ends with the code of what it ran; its terminal adds the \r.
  printf '%s' "$input" | script -qec "$(printf '%q ' "$@")" /dev/null | tr -d '\r' || code=$?
  return "$code"
}

dialogue() {
  local -a talk=()
  while [[ $1 != -- ]]; do
    talk+=("$1" "$2")
    shift 2
  done
  shift
  local code=0 char='' seen=''
  coproc pty { script -qec "$(printf '%q ' "$@")" /dev/null; }
  local program=$pty_PID from to
  # Of our own: bash closes its ends as soon as the program is gone, with what is still to be read.
  exec {from}<&"${pty[0]}" {to}>&"${pty[1]}"
  exec {pty[1]}>&-
  # A character at a time: a prompt does not end with a line.
  while IFS= read -r -N 1 -t 20 -u "$from" char; do
    [[ $char == $'\r' ]] || printf %s "$char"
    seen+=$char
    if [[ ${#talk[@]} -gt 0 && $seen == *"${talk[0]}" ]]; then
      printf '%s\n' "${talk[1]}" >&"$to"
      talk=("${talk[@]:2}") seen=''
    fi
  done
  exec {to}>&- {from}<&-
  if [[ ${#talk[@]} -gt 0 ]]; then echo "never asked: ${talk[0]}"; fi
  wait "$program" || code=$?
  return "$code"
}

ctrl_c=$'\003'
here() {
  local -a talk=()
  while [[ $1 != -- ]]; do
    talk+=("$1" "$2")
    shift 2
  done
  shift
  # shellcheck disable=SC2016  # expands in there
  dialogue "${talk[@]}" -- bash -c 'trap : INT; "$BLC" "$@"; code=$?
    stty -a | grep -qw -e -echo -e -icanon -e -isig && { echo "THE TERMINAL IS NOT AS IT WAS"; exit 99; }; exit "$code"' bash "$@"
}
export BLC keys
export -f blc as

agent() {
  eval "$(ssh-agent -s -a "$scratch/agent")" >/dev/null
  agent_pid=$SSH_AGENT_PID
}
