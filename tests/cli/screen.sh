# Sourced after lib.sh: a terminal of a given size, with the screen that a person sees. tmux is that terminal.
#
#   screen WIDTH HEIGHT CMD...  starts CMD there, and ends what ran there before
#   keys KEY...                 types keys by tmux's names: keys C-c, keys Enter
#   types TEXT                  types the text as it is
#   shows TEXT                  waits until the screen holds the text
#   picture                     prints what is on the screen
#   resize WIDTH HEIGHT
#   ended CODE                  waits until CMD has ended, which must be with this code
# shellcheck shell=bash
patience=200 # tenths of a second

# A server for each screen: one that ends is still there for a moment.
screens=0
tmux_() { tmux -S "$scratch/tmux.$screens" -f /dev/null "$@"; }

screen() {
  local width=$1 height=$2
  shift 2
  [[ $screens == 0 ]] || tmux_ kill-server
  screens=$((screens + 1))
  rm -f "$scratch/ended"
  last="screen $width $height $*"
  # tmux gives a program its own idea of TERM and passes nothing else on that it was not started with.
  tmux_ new-session -d -x "$width" -y "$height" -e TERM="${SCREEN_TERM:-screen}" \
    "$(printf '%q ' env -u TMUX -u COLUMNS TERM="${SCREEN_TERM:-screen}" bash -c 'trap : INT; "$@"; echo "$?" >"$0"; exec sleep 60' "$scratch/ended" "$@")"
  tmux_ set-option -g status off
  tmux_ set-option -g remain-on-exit on
  tmux_ resize-window -x "$width" -y "$height"
}

keys() { tmux_ send-keys "$@"; }
types() { tmux_ send-keys -l "$1"; }
picture() { tmux_ capture-pane -p -J -S -; }
visible() { tmux_ capture-pane -p; }
moment() { read -r -t 0.1 <>"$scratch/never" || true; }

# The program is told a moment later than the window changes.
resize() {
  local left=$patience tty
  tmux_ resize-window -x "$1" -y "$2"
  tty=$(tmux_ display-message -p '#{pane_tty}')
  while [[ $(stty -F "$tty" size) != "$2 $1" ]]; do
    ((left-- > 0)) || fail "the terminal does not become $1 columns wide"
    moment
  done
}

shows() {
  local left=$patience
  asserted=$((asserted + 1))
  while [[ $(picture) != *"$1"* ]]; do
    ((left-- > 0)) || { out=$(picture) err='' && fail "never on the screen: $1"; }
    moment
  done
}

ended() {
  local left=$patience
  asserted=$((asserted + 1))
  while [[ ! -s $scratch/ended ]]; do
    ((left-- > 0)) || { out=$(picture) err='' && fail 'it does not end'; }
    moment
  done
  [[ $(<"$scratch/ended") == "$1" ]] || { out=$(picture) err='' && fail "expected exit $1, got $(<"$scratch/ended")"; }
}

mkfifo "$scratch/never"
leave() {
  local code=$?
  [[ $BASHPID != "$$" || $screens == 0 ]] || tmux_ kill-server 2>/dev/null || true
  (exit "$code")
  finish
}
trap leave EXIT
