# What an installation consists of beside the program, and the Debian package that packaging/deb makes of it.

# Manuals are installed as Debian wants them: compressed, without name and time in them.
find_program(GZIP gzip REQUIRED)
function(blc_install_compressed SOURCE NAME DESTINATION)
  set(packed ${PROJECT_BINARY_DIR}/compressed/${NAME}.gz)
  add_custom_command(OUTPUT ${packed}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/compressed
    COMMAND ${GZIP} -9nc ${SOURCE} > ${packed}
    DEPENDS ${SOURCE} VERBATIM)
  set_property(GLOBAL APPEND PROPERTY BLC_COMPRESSED ${packed})
  install(FILES ${packed} DESTINATION ${DESTINATION})
endfunction()

file(GLOB BLC_MANUALS CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/man/*.[157])
foreach(page IN LISTS BLC_MANUALS)
  cmake_path(GET page FILENAME name)
  string(REGEX MATCH "[157]$" section "${page}")
  blc_install_compressed(${page} ${name} ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
blc_install_compressed(${CMAKE_CURRENT_LIST_DIR}/changelog changelog ${CMAKE_INSTALL_DATADIR}/doc/blc)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/blc)
get_property(packed GLOBAL PROPERTY BLC_COMPRESSED)
add_custom_target(manuals ALL DEPENDS ${packed})

install(DIRECTORY verbs policies fixtures DESTINATION ${CMAKE_INSTALL_DATADIR}/blc
  PATTERN verbs/bin/* PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# Where bash, zsh and fish of Debian look for what packages complete.
set(completions ${PROJECT_SOURCE_DIR}/packaging/completions)
install(FILES ${completions}/blc.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME blc)
install(FILES ${completions}/blc.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _blc)
install(FILES ${completions}/blc.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME blc)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The blc developers <maintainers@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "plan, sign and run once the operations of a healthcare practice")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"blc is a command-line operations tool for a healthcare practice and the
people who run its systems. An operation is always planned first; the plan
runs only after the people that the practice's policy names have signed
exactly that plan, and then at most once.
.
Every request, plan, signature and outcome stands in a signed, append-only
ledger that anyone can check, with blc or without it.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "openssh-client, bubblewrap, libqrencode4, libcurl4")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "man-db, bash-completion")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
