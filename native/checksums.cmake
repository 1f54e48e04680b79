# cmake -DDIRECTORY=lib -P checksums.cmake
# Rewrites the checksums in DIRECTORY/VERSION: a line "sha256.NAME=..." for every library that DIRECTORY/LIBRARIES lists.
file(STRINGS "${DIRECTORY}/VERSION" lines)
list(FILTER lines EXCLUDE REGEX "^sha256\\.")
file(STRINGS "${DIRECTORY}/LIBRARIES" libraries)
foreach(library IN LISTS libraries)
    string(REGEX REPLACE "^backend " "" library "${library}")
    file(SHA256 "${DIRECTORY}/${library}" checksum)
    list(APPEND lines "sha256.${library}=${checksum}")
endforeach()
list(JOIN lines "\n" text)
file(WRITE "${DIRECTORY}/VERSION" "${text}\n")
