"""The table every page uses: flat lists, boards, the models matrix and the campaign tree."""
