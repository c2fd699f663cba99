# examples.sh PAGE: every example of a manual page runs, in a practice made for it. An example is a line of the section
# EXAMPLES like
#
#   .Dl $ blc approve 7M4KD2
#
# It is typed by ana, an admin, in the practice's folder, and must end with 0; `ben$` in place of `$` is ben's own account
# on the machine. What the reader need not see stands in a comment on the line before it, parts separated by `; `:
#
#   .\" EXAMPLE by cleo; type 7M4KD2; exit 3
#
#   by NAME         that person types it: ben (clinical-lead), cleo (privacy-officer), dora (practice-manager)
#   exit CODE       it ends with that code, as the page says
#   type TEXT       on a terminal, where TEXT is typed; give it again for more lines
#   terminal        on a terminal, where nothing is typed
#   passphrase      on a terminal, where a new passphrase is asked for
#   new NAME        the run that it made is called NAME from here on
#   short           2h is 1s
#   world NAME      the world at the page's first example: see world_*
#   prepare NAME    done before it: see prepare_*
#
# These names, in a page, are runs: each is made before the first example of a page that names it.
#
#   7M4KD2  a clinical run of ana's; it waits for ben and cleo
#   H21M1J  the same, with their signatures
#   8ZT2HC  the same, executed
#   TZ9Q4B  a business run of ana's in local, executed: the invoices of 2026-10
#   MJH738  a clinical run of ana's that failed and could not be undone
# shellcheck shell=bash
. "$SOURCE/tests/cli/lib.sh"
. "$SOURCE/tests/cli/verbs.sh"
page=$1
file=$SOURCE/man/$page.1
export COLUMNS=100
mkdir "$scratch/srv"
declare -A runs=()

pending() { BLC_APPROVAL_REQUIRED=true plan_of client-report generate --client C-1042; }
approved() {
  pending
  for name in ben cleo; do prepare as $name blc approve "$run" --digest "$digest"; done
}
make_run() { # NAME
  case $1 in
    7M4KD2) pending ;;
    H21M1J) approved ;;
    8ZT2HC) approved && prepare as ana blc execute "$run" ;;
    TZ9Q4B) plan_of billing-process run --month 2026-10 && prepare as ana blc execute "$run" ;;
    MJH738) failed ;;
  esac
  runs[$1]=${run: -6}
}
failed() {
  echo 'exit 1' >verbs/bin/files-a-draft
  cat >verbs/draft.yaml <<'YAML'
verb: draft
summary: Files a draft and tells nobody
classification: clinical
fidelity: estimate
data: [restricted]
steps:
  - {name: file, summary: files the draft, effect: write, argv: [bash, verbs/bin/files-a-draft], data: restricted}
YAML
  BLC_APPROVAL_REQUIRED=true plan_of draft
  for name in ben cleo; do prepare as $name blc approve "$run" --digest "$digest"; done
  local before=$asserted
  expect 8 as ana blc execute "$run"
  asserted=$before
}

world_practice() { # ana's practice, in its folder; eli's key lies beside it
  practice
  person eli
  cp "$keys"/*.pub "$scratch"
  local name
  for name in 8ZT2HC TZ9Q4B MJH738 H21M1J 7M4KD2; do
    if grep -q "$name" "$file" && ! grep -q "^\.\\\\\" EXAMPLE.*new $name" "$file"; then make_run "$name"; fi
  done
}
world_nowhere() { # no practice yet; ana has a key, and ben, whose public half lies in /srv
  person ana
  person ben
  cp "$keys/ben.pub" "$scratch/srv"
  mkdir "$scratch/desk" && cd "$scratch/desk"
}
world_beginning() { # no practice and no key of ana's; ben's and cleo's public halves lie here
  person ben
  person cleo
  mkdir "$scratch/desk" && cd "$scratch/desk"
  cp "$keys"/*.pub .
}
prepare_changed_verb() { echo '# changed' >>verbs/household-task.yaml; }
prepare_tiers() { cp -r "$SOURCE"/fixtures/tiers/. .; }
prepare_staging_people() {
  enrol bill billing
  enrol dev developer
}
prepare_pending() { # NAME...
  local name
  for name; do
    pending
    runs[$name]=${run: -6}
  done
}
prepare_asked() { prepare as cleo blc ask "${runs[7M4KD2]}" 'has the client agreed to this?'; }
prepare_approved() { # NAME
  approved
  runs[$1]=${run: -6}
}

# The examples of the page: what its comment says, a |, and the line as the reader sees it.
examples() {
  awk '/^\.Sh / { inside = $0 == ".Sh EXAMPLES"; next }
       !inside { next }
       /^\.\\" EXAMPLE / { how = substr($0, 13); next }
       /^\.Dl / { print how "|" substr($0, 5) }
       { how = "" }' "$file" | sed -e 's/\\(dq/"/g' -e 's/\\&//g' -e 's/\\e/\\/g'
}

# Sets by, wanted, typed (an array), how and new from the parts of a comment, and does what is to be done before.
read_comment() {
  local part key value
  local -a parts=()
  how=plain by='' wanted=0 new='' short=no typed=()
  IFS=';' read -ra parts <<<"$1"
  for part in "${parts[@]}"; do
    read -r key value <<<"$part"
    case $key in
      by) by=$value ;;
      exit) wanted=$value ;;
      type) how=terminal typed+=("$value") ;;
      terminal | passphrase) how=$key ;;
      new) new=$value ;;
      short) short=yes ;;
      world) world=$value ;;
      prepare) prepared=$value ;;
      *) fail "$page(1): an example's comment says '$key'" ;;
    esac
  done
}

# The text with the runs by the names that they have today.
named() {
  local text=$1 name
  for name in "${!runs[@]}"; do text=${text//$name/${runs[$name]}}; done
  [[ $short == no ]] || text=${text//2h/1s}
  printf '%s' "${text//\/srv/$scratch/srv}"
}

# From here on an agent holds the key that was made, as people have it who set a passphrase.
to_agent() { # PASSPHRASE
  printf '#!/bin/sh\necho %q\n' "$1" >"$scratch/askpass"
  chmod 700 "$scratch/askpass"
  agent
  export SSH_ASKPASS=$scratch/askpass SSH_ASKPASS_REQUIRE=force
  prepare ssh-add "$HOME/.config/blc/key"
  cp "$HOME/.config/blc/key.pub" "$keys/ana"
}

# Whose account and key a line is typed with.
sit_down() { # PROMPT
  local name=${1%\$}
  if [[ -n $name ]]; then home "$name"; else home shared; fi
  name=${by:-${name:-ana}}
  if [[ -f $keys/$name ]]; then export BLC_KEY=$keys/$name; else unset BLC_KEY; fi
}

run_example() { # LINE
  local prompt=${1%% *} line=${1#* }
  sit_down "$prompt"
  line=$(named "$line")
  case $how in
    plain) expect "$wanted" eval "$line" ;;
    terminal) expect "$wanted" terminal "$(named "$(printf '%s\n' "${typed[@]}")")"$'\n' bash -c "$line" ;;
    passphrase)
      expect "$wanted" dialogue 'passphrase (empty for no passphrase): ' 'correct horse' 'again: ' 'correct horse' -- bash -c "$line"
      to_agent 'correct horse'
      ;;
  esac
  if [[ -n $new ]]; then runs[$new]=$(blc --json runs | jq -r '.runs[0].run[-6:]'); fi
}

grep '^\.Dl' "$file" | grep -qv '^\.Dl [a-z]*\$ [^"]*$' && fail "$page(1): an example is a line like .Dl \$ blc ..., with ' for quotes"
if sed -n '/^\.Bd/,/^\.Ed/p' "$file" | grep -E '^[a-z]*\$ '; then fail "$page(1): an example stands in .Bd, where it is not run"; fi

# A reader sees each as it is run: mdoc takes some words, and a point alone, for its own.
mandoc -Tascii -Owidth=300 "$file" | sed $'s/.\b//g; s/^ *//' >"$scratch/seen"
examples | cut -d '|' -f 2- | while IFS= read -r line; do
  grep -qxF -e "$line" "$scratch/seen" || fail "$page(1) does not show as it is run: $line"
done

group=$(id -gn)
if [[ $(id -u) == 0 ]]; then group=users; fi
world=practice made=no prepared=''
# On a descriptor of its own: what an example runs may read standard input.
while IFS='|' read -r comment line <&3; do
  [[ $line != *'--group clinic'* ]] || line=${line/--group clinic/--group $group}
  prepared=''
  read_comment "$comment"
  if [[ $made == no ]]; then "world_$world" && made=yes; fi
  # shellcheck disable=SC2086  # its words are the function's
  [[ -z $prepared ]] || prepare_$prepared
  run_example "$line"
done 3< <(examples)
