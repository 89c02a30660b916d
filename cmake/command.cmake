# The program `logitape` as it is installed: in bin/, with its manual and what shells complete it by; and alone, as a
# Debian package, by cpack --config build/NAME/CPackConfig.cmake.
include(GNUInstallDirs)
set(texts ${PROJECT_BINARY_DIR}/command)
install(TARGETS logitape_command RUNTIME COMPONENT command)
if(TARGET logitape_command_texts)
  install(FILES ${texts}/logitape.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT manual)
  install(FILES ${texts}/logitape.bash RENAME logitape
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT command)
  install(FILES ${texts}/_logitape DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT command)
  install(FILES ${texts}/logitape.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
          COMPONENT command)
endif()

find_program(DPKG_DEB dpkg-deb)
find_program(GZIP gzip)
if(PROJECT_IS_TOP_LEVEL AND DPKG_DEB AND GZIP AND TARGET logitape_command_texts)
  # what Debian's policy asks for: a copyright; the changelog and the manual, packed without a date
  set(documents "")
  set(contact "the logitape authors <logitape@example.org>")
  file(WRITE ${texts}/changelog "logitape (${PROJECT_VERSION}) unstable; urgency=medium\n\n"
       "  * What users get, by version, is told in CHANGELOG.md of the sources.\n\n"
       " -- ${contact}  Mon, 30 Nov 2026 00:00:00 +0000\n")
  foreach(document ${texts}/changelog:changelog ${texts}/logitape.1:logitape.1)
    string(REPLACE ":" ";" document ${document})
    list(GET document 0 from)
    list(GET document 1 to)
    set(to ${texts}/${to}.gz)
    add_custom_command(OUTPUT ${to} COMMAND ${GZIP} -9nc ${from} > ${to} DEPENDS ${from} VERBATIM)
    list(APPEND documents ${to})
  endforeach()
  add_custom_target(logitape_debian_documents ALL DEPENDS ${documents})
  add_dependencies(logitape_debian_documents logitape_command_texts)
  file(STRINGS LICENSE license)
  set(copyright "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\
Upstream-Name: logitape\n\n\
Files: *\nCopyright: 2026 the logitape authors\nLicense: Expat\n")
  foreach(line ${license})
    if(NOT line MATCHES "^(MIT License|Copyright .*)$")
      string(APPEND copyright " ${line}\n")
    endif()
  endforeach()
  file(WRITE ${texts}/copyright "${copyright}")
  install(FILES ${texts}/copyright ${texts}/changelog.gz DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/logitape
          COMPONENT debian EXCLUDE_FROM_ALL)
  install(FILES ${texts}/logitape.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT debian EXCLUDE_FROM_ALL)
  set(CPACK_GENERATOR DEB)
  set(CPACK_PACKAGE_NAME logitape)
  set(CPACK_PACKAGE_CONTACT ${contact})
  set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "train small classifiers, use them, explain their losses")
  set(CPACK_PACKAGE_DESCRIPTION
      "Trains a classifier of a table or of images, says what it is worth on rows held\n\
 out, predicts, exports it as a C++ header, and explains a loss step by step.")
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
  set(CPACK_STRIP_FILES ON)
  set(CPACK_DEB_COMPONENT_INSTALL ON)
  set(CPACK_COMPONENTS_ALL command debian)
  set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_SECTION science)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
  include(CPack)
endif()
