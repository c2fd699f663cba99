# bash completion of blc. It asks blc itself, which knows its commands, this practice's verbs, and which runs wait.
_blc() {
  local word line paths='' glued='' i
  local -a words=()
  # bash takes --env=staging apart at the =; blc gets it whole.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == = && ${#words[@]} -gt 0 && ${words[-1]} == --* ]]; then
      words[-1]+==
      glued=1
    elif [[ -n $glued ]]; then
      words[-1]+=$word
      glued=''
    else
      words+=("$word")
    fi
  done
  local current=${words[-1]} option=''
  [[ $current != --*=* ]] || option=${current%%=*}=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) paths=${line#:} ;;
      *)
        line=${line%%$'\t'*}
        COMPREPLY+=("${line#"$option"}")
        ;;
    esac
  done < <(command blc __complete -- "${words[@]}" 2>/dev/null)
  case $paths in
    files)
      compopt -o filenames
      mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "${current#"$option"}")
      ;;
    folders)
      compopt -o filenames
      mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "${current#"$option"}")
      ;;
  esac
}
complete -F _blc blc
