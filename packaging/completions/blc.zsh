#compdef blc
# zsh completion of blc. It asks blc itself, which knows its commands, this practice's verbs, and which runs wait.
_blc() {
  local line paths=''
  local -a texts abouts given
  given=("${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}")
  for line in "${(@f)$(command blc __complete -- "${given[@]}" 2>/dev/null)}"; do
    case $line in
      :*) paths=${line#:} ;;
      ?*)
        texts+=("${line%%$'\t'*}")
        abouts+=("${line/$'\t'/  }")
        ;;
    esac
  done
  (( ${#texts} )) && compadd -l -d abouts -a texts
  if [[ -n $paths && $PREFIX == --*=* ]]; then compset -P '*='; fi
  case $paths in
    files) _files ;;
    folders) _files -/ ;;
  esac
}
# Found on fpath it is called as _blc; sourced, it registers itself.
if [[ ${funcstack[1]} == _blc ]]; then _blc "$@"; else compdef _blc blc; fi
