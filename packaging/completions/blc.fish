# fish completion of blc. It asks blc itself, which knows its commands, this practice's verbs, and which runs wait.
function __blc_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    for line in (command blc __complete -- $words "$current" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current")
            case ':folders'
                __fish_complete_directories (string replace -r -- '^--[^=]*=' '' "$current")
            case ':*' ''
            case '*'
                printf '%s\n' $line
        end
    end
end
complete -c blc -f -a '(__blc_complete)'
