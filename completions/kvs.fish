# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_kvs_global_optspecs
    string join \n C= c= json q/quiet v/verbose key-encoding= color= progress= lock-timeout= h/help V/version
end

function __fish_kvs_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_kvs_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_kvs_using_subcommand
    set -l cmd (__fish_kvs_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c kvs -n "__fish_kvs_needs_command" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_needs_command" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_needs_command" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_needs_command" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_needs_command" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_needs_command" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_needs_command" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_needs_command" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_needs_command" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_needs_command" -s V -l version -d 'Print version'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "init" -d 'Make a repository'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "put" -d 'Store one pair'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "set" -d 'Store one pair'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "get" -d 'Print values'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "delete" -d 'Remove keys'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "rm" -d 'Remove keys'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "del" -d 'Remove keys'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "exists" -d 'Tell by the exit code whether keys are there'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "list" -d 'List keys in byte order'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "ls" -d 'List keys in byte order'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "count" -d 'Count keys'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "stat" -d 'Tell what is known of a key'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "import" -d 'Store many pairs from a file, stdin or a folder'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "export" -d 'Print or write out many pairs'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "apply" -d 'Change several keys together, or none of them'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "status" -d 'Show what has not been pushed'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "diff" -d 'Show unpushed changes with their values'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "discard" -d 'Forget local changes that were not pushed'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "compact" -d 'Reclaim space'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "fsck" -d 'Read everything and check everything'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "clone" -d 'Make a repository from a remote'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "remote" -d 'Name the places to push to and pull from'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "fetch" -d 'Learn the remote\'s newest version'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "pull" -d 'Take the remote\'s changes under your own'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "push" -d 'Publish local changes as one new version'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "sync" -d 'Pull and push until through'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "log" -d 'List versions, newest first'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "config" -d 'Read and change settings'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c kvs -n "__fish_kvs_needs_command" -f -a "help" -d 'Print help for a command or topic'
complete -c kvs -n "__fish_kvs_using_subcommand init" -l remote -d 'The remote to push to and pull from, as `origin`' -r
complete -c kvs -n "__fish_kvs_using_subcommand init" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand init" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand init" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand init" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand init" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand init" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand init" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand init" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand init" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand put" -l file -d 'Take the value from a file' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand put" -l if-value -d 'Store only if the key has the value OLD (compare and set)' -r
complete -c kvs -n "__fish_kvs_using_subcommand put" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand put" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand put" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand put" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand put" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand put" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand put" -l if-absent -d 'Store only if the key is not there'
complete -c kvs -n "__fish_kvs_using_subcommand put" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand put" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand put" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand put" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand set" -l file -d 'Take the value from a file' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand set" -l if-value -d 'Store only if the key has the value OLD (compare and set)' -r
complete -c kvs -n "__fish_kvs_using_subcommand set" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand set" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand set" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand set" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand set" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand set" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand set" -l if-absent -d 'Store only if the key is not there'
complete -c kvs -n "__fish_kvs_using_subcommand set" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand set" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand set" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand get" -l format -d 'Print pairs as jsonl, tsv, nul or csv' -r
complete -c kvs -n "__fish_kvs_using_subcommand get" -l default -d 'Answer with V for a key that is missing' -r
complete -c kvs -n "__fish_kvs_using_subcommand get" -s o -l output -d 'Write to a file instead of stdout' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand get" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand get" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand get" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand get" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand get" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand get" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand get" -l stdin -d 'Read keys from stdin, one a line, escaped'
complete -c kvs -n "__fish_kvs_using_subcommand get" -s z -d 'Keys on stdin are raw and end with NUL'
complete -c kvs -n "__fish_kvs_using_subcommand get" -l report-missing -d 'Print missing keys too, as {"key":...,"missing":true}'
complete -c kvs -n "__fish_kvs_using_subcommand get" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand get" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand get" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand delete" -l prefix -d 'Every key that begins with P' -r
complete -c kvs -n "__fish_kvs_using_subcommand delete" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand delete" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand delete" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand delete" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand delete" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand delete" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand delete" -l stdin -d 'Read keys from stdin, one a line, escaped'
complete -c kvs -n "__fish_kvs_using_subcommand delete" -s z -d 'Keys on stdin are raw and end with NUL'
complete -c kvs -n "__fish_kvs_using_subcommand delete" -l all -d 'Every key'
complete -c kvs -n "__fish_kvs_using_subcommand delete" -l strict -d 'Delete nothing if one of the keys is missing'
complete -c kvs -n "__fish_kvs_using_subcommand delete" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand delete" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand delete" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand rm" -l prefix -d 'Every key that begins with P' -r
complete -c kvs -n "__fish_kvs_using_subcommand rm" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand rm" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand rm" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand rm" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand rm" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand rm" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand rm" -l stdin -d 'Read keys from stdin, one a line, escaped'
complete -c kvs -n "__fish_kvs_using_subcommand rm" -s z -d 'Keys on stdin are raw and end with NUL'
complete -c kvs -n "__fish_kvs_using_subcommand rm" -l all -d 'Every key'
complete -c kvs -n "__fish_kvs_using_subcommand rm" -l strict -d 'Delete nothing if one of the keys is missing'
complete -c kvs -n "__fish_kvs_using_subcommand rm" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand rm" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand rm" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand del" -l prefix -d 'Every key that begins with P' -r
complete -c kvs -n "__fish_kvs_using_subcommand del" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand del" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand del" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand del" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand del" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand del" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand del" -l stdin -d 'Read keys from stdin, one a line, escaped'
complete -c kvs -n "__fish_kvs_using_subcommand del" -s z -d 'Keys on stdin are raw and end with NUL'
complete -c kvs -n "__fish_kvs_using_subcommand del" -l all -d 'Every key'
complete -c kvs -n "__fish_kvs_using_subcommand del" -l strict -d 'Delete nothing if one of the keys is missing'
complete -c kvs -n "__fish_kvs_using_subcommand del" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand del" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand del" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand del" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand exists" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand exists" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand exists" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand exists" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand exists" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand exists" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand exists" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand exists" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand exists" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand exists" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand list" -l start -d 'First key (included)' -r
complete -c kvs -n "__fish_kvs_using_subcommand list" -l end -d 'Last key (excluded)' -r
complete -c kvs -n "__fish_kvs_using_subcommand list" -l limit -d 'At most N keys' -r
complete -c kvs -n "__fish_kvs_using_subcommand list" -l format -d 'How pairs are printed: jsonl, tsv, nul or csv' -r
complete -c kvs -n "__fish_kvs_using_subcommand list" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand list" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand list" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand list" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand list" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand list" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand list" -l reverse -d 'Last key first'
complete -c kvs -n "__fish_kvs_using_subcommand list" -s l -d 'Add size, modified time, version and state'
complete -c kvs -n "__fish_kvs_using_subcommand list" -l values -d 'Whole pairs, in --format'
complete -c kvs -n "__fish_kvs_using_subcommand list" -s z -d 'Keys are printed raw and end with NUL'
complete -c kvs -n "__fish_kvs_using_subcommand list" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand list" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand list" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand ls" -l start -d 'First key (included)' -r
complete -c kvs -n "__fish_kvs_using_subcommand ls" -l end -d 'Last key (excluded)' -r
complete -c kvs -n "__fish_kvs_using_subcommand ls" -l limit -d 'At most N keys' -r
complete -c kvs -n "__fish_kvs_using_subcommand ls" -l format -d 'How pairs are printed: jsonl, tsv, nul or csv' -r
complete -c kvs -n "__fish_kvs_using_subcommand ls" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand ls" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand ls" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand ls" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand ls" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand ls" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand ls" -l reverse -d 'Last key first'
complete -c kvs -n "__fish_kvs_using_subcommand ls" -s l -d 'Add size, modified time, version and state'
complete -c kvs -n "__fish_kvs_using_subcommand ls" -l values -d 'Whole pairs, in --format'
complete -c kvs -n "__fish_kvs_using_subcommand ls" -s z -d 'Keys are printed raw and end with NUL'
complete -c kvs -n "__fish_kvs_using_subcommand ls" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand ls" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand ls" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand count" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand count" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand count" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand count" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand count" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand count" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand count" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand count" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand count" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand count" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand stat" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand stat" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand stat" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand stat" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand stat" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand stat" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand stat" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand stat" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand stat" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand stat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand import" -l format -d 'How the pairs are written: jsonl, tsv, nul or csv' -r
complete -c kvs -n "__fish_kvs_using_subcommand import" -l commit-every -d 'Commit after every N pairs: less to repeat after a bad line' -r
complete -c kvs -n "__fish_kvs_using_subcommand import" -l dir -d 'Take each file below D as a pair: its path is the key, its content the value' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand import" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand import" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand import" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand import" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand import" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand import" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand import" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand import" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand import" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand export" -l format -d 'How to write the pairs: jsonl, tsv, nul or csv' -r
complete -c kvs -n "__fish_kvs_using_subcommand export" -l dir -d 'Write each value into a file below D, whose path is the key' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand export" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand export" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand export" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand export" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand export" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand export" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand export" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand export" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand export" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand apply" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand apply" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand apply" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand apply" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand apply" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand apply" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand apply" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand apply" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand apply" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand status" -l max-age -d 'Exit 11 if the last good sync is older, as in 30m, 2h, 1d' -r
complete -c kvs -n "__fish_kvs_using_subcommand status" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand status" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand status" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand status" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand status" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand status" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand status" -l fetch -d 'Ask the remote for its newest version first'
complete -c kvs -n "__fish_kvs_using_subcommand status" -l exit-code -d 'Exit 1 if there are unpushed keys'
complete -c kvs -n "__fish_kvs_using_subcommand status" -l porcelain -d 'Print for scripts'
complete -c kvs -n "__fish_kvs_using_subcommand status" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand status" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand status" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand diff" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand diff" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand diff" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand diff" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand diff" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand diff" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand diff" -l stat -d 'Sizes instead of values'
complete -c kvs -n "__fish_kvs_using_subcommand diff" -l exit-code -d 'Exit 1 if there are differences'
complete -c kvs -n "__fish_kvs_using_subcommand diff" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand diff" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand diff" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand discard" -l prefix -d 'Every key that begins with P' -r
complete -c kvs -n "__fish_kvs_using_subcommand discard" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand discard" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand discard" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand discard" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand discard" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand discard" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand discard" -l all -d 'Every change'
complete -c kvs -n "__fish_kvs_using_subcommand discard" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand discard" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand discard" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand discard" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand compact" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand compact" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand compact" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand compact" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand compact" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand compact" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand compact" -l dry-run -d 'Only tell what would be gained'
complete -c kvs -n "__fish_kvs_using_subcommand compact" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand compact" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand compact" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand compact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand fsck" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand fsck" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand fsck" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand fsck" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand fsck" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand fsck" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand fsck" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand fsck" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand fsck" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand fsck" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand clone" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand clone" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand clone" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand clone" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand clone" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand clone" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand clone" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand clone" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand clone" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand clone" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and not __fish_seen_subcommand_from add list show set-url remove" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand remote; and not __fish_seen_subcommand_from add list show set-url remove" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand remote; and not __fish_seen_subcommand_from add list show set-url remove" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and not __fish_seen_subcommand_from add list show set-url remove" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and not __fish_seen_subcommand_from add list show set-url remove" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and not __fish_seen_subcommand_from add list show set-url remove" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand remote; and not __fish_seen_subcommand_from add list show set-url remove" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and not __fish_seen_subcommand_from add list show set-url remove" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and not __fish_seen_subcommand_from add list show set-url remove" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and not __fish_seen_subcommand_from add list show set-url remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and not __fish_seen_subcommand_from add list show set-url remove" -f -a "add" -d 'Name a remote'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and not __fish_seen_subcommand_from add list show set-url remove" -f -a "list" -d 'List remotes with their URLs'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and not __fish_seen_subcommand_from add list show set-url remove" -f -a "show" -d 'Show what is set for a remote'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and not __fish_seen_subcommand_from add list show set-url remove" -f -a "set-url" -d 'Change a remote\'s URL'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and not __fish_seen_subcommand_from add list show set-url remove" -f -a "remove" -d 'Forget a remote and its settings; the data there stays'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from add" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from add" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from add" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from add" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from add" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from add" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from add" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from list" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from list" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from list" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from list" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from list" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from list" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from list" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from show" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from show" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from show" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from show" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from show" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from show" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from show" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from set-url" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from set-url" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from set-url" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from set-url" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from set-url" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from set-url" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from set-url" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from set-url" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from set-url" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from set-url" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from remove" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from remove" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from remove" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from remove" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from remove" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from remove" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from remove" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand remote; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand fetch" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand fetch" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand fetch" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand fetch" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand fetch" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand fetch" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand fetch" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand fetch" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand fetch" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand pull" -l strategy -d 'Who decides: fail, ours, theirs, newest or cmd:PROGRAM' -r
complete -c kvs -n "__fish_kvs_using_subcommand pull" -l ours -d 'Keep this side\'s value of keys that match' -r
complete -c kvs -n "__fish_kvs_using_subcommand pull" -l theirs -d 'Take the remote\'s value of keys that match' -r
complete -c kvs -n "__fish_kvs_using_subcommand pull" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand pull" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand pull" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand pull" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand pull" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand pull" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand pull" -l dry-run -d 'Only tell what would be done'
complete -c kvs -n "__fish_kvs_using_subcommand pull" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand pull" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand pull" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand pull" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand push" -s m -l message -d 'What the log says about the version' -r
complete -c kvs -n "__fish_kvs_using_subcommand push" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand push" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand push" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand push" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand push" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand push" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand push" -l dry-run -d 'Only tell what would be pushed'
complete -c kvs -n "__fish_kvs_using_subcommand push" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand push" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand push" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand sync" -l strategy -d 'Who decides: fail, ours, theirs, newest or cmd:PROGRAM' -r
complete -c kvs -n "__fish_kvs_using_subcommand sync" -l ours -d 'Keep this side\'s value of keys that match' -r
complete -c kvs -n "__fish_kvs_using_subcommand sync" -l theirs -d 'Take the remote\'s value of keys that match' -r
complete -c kvs -n "__fish_kvs_using_subcommand sync" -s m -l message -d 'What the log says about the version' -r
complete -c kvs -n "__fish_kvs_using_subcommand sync" -l deadline -d 'Give up after this time, as in 30s, 5m' -r
complete -c kvs -n "__fish_kvs_using_subcommand sync" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand sync" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand sync" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand sync" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand sync" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand sync" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand sync" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand sync" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand sync" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand sync" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand log" -s n -l limit -d 'At most N versions' -r
complete -c kvs -n "__fish_kvs_using_subcommand log" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand log" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand log" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand log" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand log" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand log" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand log" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand log" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand log" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand log" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand config; and not __fish_seen_subcommand_from get set unset list" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand config; and not __fish_seen_subcommand_from get set unset list" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand config; and not __fish_seen_subcommand_from get set unset list" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand config; and not __fish_seen_subcommand_from get set unset list" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand config; and not __fish_seen_subcommand_from get set unset list" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand config; and not __fish_seen_subcommand_from get set unset list" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand config; and not __fish_seen_subcommand_from get set unset list" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand config; and not __fish_seen_subcommand_from get set unset list" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand config; and not __fish_seen_subcommand_from get set unset list" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand config; and not __fish_seen_subcommand_from get set unset list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand config; and not __fish_seen_subcommand_from get set unset list" -f -a "get" -d 'Name a setting'
complete -c kvs -n "__fish_kvs_using_subcommand config; and not __fish_seen_subcommand_from get set unset list" -f -a "set" -d 'Change a setting'
complete -c kvs -n "__fish_kvs_using_subcommand config; and not __fish_seen_subcommand_from get set unset list" -f -a "unset" -d 'Name a setting'
complete -c kvs -n "__fish_kvs_using_subcommand config; and not __fish_seen_subcommand_from get set unset list" -f -a "list" -d 'Print every setting that was made'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from get" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from get" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from get" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from get" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from get" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from get" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from get" -l global -d 'In the user\'s file only'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from get" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from set" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from set" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from set" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from set" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from set" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from set" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from set" -l global -d 'In the user\'s file'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from set" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from unset" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from unset" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from unset" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from unset" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from unset" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from unset" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from unset" -l global -d 'In the user\'s file only'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from unset" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from unset" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from unset" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from unset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from list" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from list" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from list" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from list" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from list" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from list" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from list" -l global -d 'Those of the user\'s file only'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from list" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand config; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand completions" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand completions" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand completions" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand completions" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand completions" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand completions" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand completions" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand completions" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand completions" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kvs -n "__fish_kvs_using_subcommand help" -s C -d 'Act as if started in DIR' -r -F
complete -c kvs -n "__fish_kvs_using_subcommand help" -s c -d 'Override one setting for this call' -r
complete -c kvs -n "__fish_kvs_using_subcommand help" -l key-encoding -d 'How keys are read from arguments and printed' -r -f -a "raw\t''
hex\t''
base64\t''"
complete -c kvs -n "__fish_kvs_using_subcommand help" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand help" -l progress -d 'When to show progress on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kvs -n "__fish_kvs_using_subcommand help" -l lock-timeout -d 'How long to wait for another writer [default: 10]' -r
complete -c kvs -n "__fish_kvs_using_subcommand help" -l json -d 'Report as JSON on stdout: one object, or one a line for lists'
complete -c kvs -n "__fish_kvs_using_subcommand help" -s q -l quiet -d 'Say less on stderr; twice: only failures'
complete -c kvs -n "__fish_kvs_using_subcommand help" -s v -l verbose -d 'Say more on stderr'
complete -c kvs -n "__fish_kvs_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
